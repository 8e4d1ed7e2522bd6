/** What the local cloud is made of, as its starter and its own process both know it. Data only. */

export interface CloudSettings {
  /** Exists, private to this rehearsal; everything of it lies below. */
  readonly folder: string;
  /** Rows of generated data; not used with a dump. */
  readonly rows: number;
  /** A plain pg_dump to migrate as database `app`, instead of generated data. */
  readonly dump: string | undefined;
  readonly faults: readonly string[];
  /** The folder of pg_dump, pg_restore and psql. */
  readonly programs: string;
  /** The servers' ports as everybody is told them, where a network of the starter's stands before them. */
  readonly front?: { readonly source: number; readonly target: number };
}

/** The rehearsal's fixed names: a plan can be written down with them. */
export const names = {
  cluster: "rehearsal-source",
  subscription: "00000000-0000-4000-8000-000000000000",
  resourceGroup: "rehearsal",
  server: "rehearsal-target",
  zone: "rehearsal.test",
  record: "api",
  /** Where `api.rehearsal.test` leads before and after: DigitalOcean's load balancer, then Traefik. */
  oldAddress: "127.0.0.1",
  newAddress: "127.0.0.2",
  /** Of a dump that is migrated. */
  dumpDatabase: "app",
  dumpRole: "app_owner",
} as const;

export interface ServerFacts {
  readonly host: string;
  /** Where everybody finds it. */
  readonly port: number;
  /** Its own: another one where a network stands before it. */
  readonly listensOn: number;
  readonly superuser: string;
}

/** What a plan needs to know of the cloud that is up: environment variables by name. */
export interface CloudFacts {
  readonly environment: { readonly [name: string]: string };
  /** For people: label to where. */
  readonly places: readonly { readonly label: string; readonly where: string }[];
  readonly source: ServerFacts;
  readonly target: ServerFacts;
  readonly caFile: string;
  /** For the application's health check: the name and address it is asked by. */
  readonly healthCertificate: { readonly cert: string; readonly key: string };
  readonly pid: number;
}
