/**
 * Everything around a migration, set up: the local cloud, the applications'
 * configuration and rollout, the writing client, and a plan with the
 * environment that it refers to. The migration itself is not its subject, so
 * that tests can run, kill and resume the real program on it.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { packageFolder, pulumiFolders, type Surroundings } from "../../compose.ts";
import { checkHttp } from "../../providers/http-check/index.ts";
import { percentEncode } from "../../core/percent-encoding.ts";
import { findPulumi, type PulumiProgram } from "../../providers/pulumi/index.ts";
import { clientPrograms } from "../beforehand.ts";
import {
  type ClientOptions,
  readRecord,
  startClient,
  type WritingClient,
} from "../client/index.ts";
import { startCloudProcess, type CloudProcess } from "../cloud/process.ts";
import { names, type CloudFacts, type CloudSettings } from "../cloud/settings.ts";
import { sampleRoles } from "../sample/index.ts";
import { insertOnlyTables } from "./insert-only.ts";
import { stagePulumi, type AppVariable } from "./pulumi-stack.ts";
import { startRollout, writeAppEnv, type Rollout } from "./rollout.ts";
import { writeShellVariables } from "./shell-variables.ts";
import { tailorPlan } from "./tailored-plan.ts";

export interface StageOptions {
  /** Exists, private. */
  readonly folder: string;
  readonly rows: number;
  /** A plain pg_dump file. */
  readonly dump: string | undefined;
  /** Writes a second; at least 1. */
  readonly writes: number;
  readonly faults: readonly string[];
  /** False: re-point through a file although there is a Pulumi. */
  readonly pulumi?: boolean;
  /** A network of the caller's before the servers. */
  readonly network?: {
    readonly front: NonNullable<CloudSettings["front"]>;
    /** Told before anybody goes through it. */
    readonly lead: (facts: CloudFacts) => void;
  };
  readonly surroundings: Surroundings;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Stage {
  readonly cloud: CloudProcess;
  readonly client: WritingClient;
  readonly planFile: string;
  /** Of this process, with what the plan refers to. */
  readonly surroundings: Surroundings;
  /** Only what was added to it. */
  readonly environment: { readonly [name: string]: string };
  readonly through: "pulumi" | "file";
  /** The database that the client writes to, and its role. */
  readonly written: { readonly database: string; readonly role: string };
  /** Has the client written within the last second? */
  isWriting(): Promise<boolean>;
  /** For people: how to reach what is left up. */
  reach(): readonly { readonly label: string; readonly where: string }[];
  /** Leaves the servers up when this process ends, and a client that writes on; the rollout ends. */
  stay(): Promise<void>;
  stop(): Promise<void>;
}

export async function setStage(options: StageOptions): Promise<Stage> {
  const { folder, say, signal, surroundings } = options;
  const programs = await clientPrograms(surroundings.environment["PATH"], signal);
  const pulumi = options.pulumi === false ? undefined : await pulumiOf(surroundings, signal);
  say(
    "starting PostgreSQL 15 and 17, both clouds' APIs and DNS on this machine, and filling the source",
  );
  const cloud = await startCloud(options, programs);
  const ends: (() => Promise<void>)[] = [() => cloud.stop()];
  const stop = async (): Promise<void> => {
    for (const end of ends.toReversed()) await end();
  };
  try {
    const written = writtenBy(options);
    const apps = applicationsOf(options);
    const before = Object.fromEntries(
      apps.map(({ variable, role, database }) => [variable, sourceUrl(cloud, role, database)]),
    );
    const envFile = path.join(folder, "app.env");
    const fixed = { PGSSLROOTCERT: cloud.facts.caFile };
    let stackEnvironment: { readonly [name: string]: string } = {};
    if (pulumi === undefined) {
      say("no Pulumi CLI was found: the applications are re-pointed through a file instead");
      await writeAppEnv(envFile, { ...before, ...fixed });
    } else {
      say(`deploying the applications' configuration with Pulumi ${pulumi.version}`);
      const stack = stackOf(options, pulumi, cloud, apps, before);
      const staged = await stagePulumi({ ...stack, envFile, fixed });
      stackEnvironment = staged.environment;
      if (!staged.deploys) {
        const rollout: Rollout = await startRollout({ ...staged, envFile, fixed });
        ends.push(() => rollout.stop());
      }
    }
    say(
      `starting the writing client: ${options.writes} writes a second to database ${written.database}`,
    );
    const client = await startClient(writerOf(options, cloud, envFile));
    ends.push(() => client.stop());
    const environment = {
      ...cloud.facts.environment,
      ...stackEnvironment,
      REHEARSAL_HEALTH_URL: client.healthUrl,
    };
    await writeShellVariables(path.join(folder, "rehearsal.env"), environment);
    const all = { ...surroundings.environment, ...environment };
    return {
      cloud,
      client,
      planFile: await planOf(options, cloud, pulumi !== undefined),
      surroundings: { environment: all },
      environment,
      through: pulumi === undefined ? "file" : "pulumi",
      written,
      isWriting: () => isWriting(client, cloud),
      reach: () => reachOf(cloud),
      stay: async () => {
        for (const end of ends.toReversed().slice(0, -1)) await end();
        await startSuccessor(options, cloud, { envFile, client });
        await cloud.stay();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startCloud(options: StageOptions, programs: string): Promise<CloudProcess> {
  const { folder, rows, dump, faults, network, signal } = options;
  const front = network === undefined ? {} : { front: network.front };
  const cloud = await startCloudProcess({ folder, rows, dump, faults, programs, ...front }, signal);
  network?.lead(cloud.facts);
  return cloud;
}

function stackOf(
  { folder, surroundings, signal }: StageOptions,
  pulumi: PulumiProgram,
  cloud: CloudProcess,
  variables: readonly AppVariable[],
  before: { readonly [variable: string]: string },
): Omit<Parameters<typeof stagePulumi>[0], "envFile" | "fixed"> {
  return {
    pulumi,
    folder,
    passphrase: cloud.facts.environment["REHEARSAL_PASSPHRASE"] ?? "",
    variables,
    before,
    environment: definedOnly(surroundings.environment),
    signal,
  };
}

async function pulumiOf(
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<PulumiProgram | undefined> {
  const found = await findPulumi(pulumiFolders(surroundings), signal);
  return found.is === "found" ? found.pulumi : undefined;
}

function writtenBy({ dump }: StageOptions): Stage["written"] {
  return dump === undefined
    ? { database: "api", role: sampleRoles.api }
    : { database: names.dumpDatabase, role: names.dumpRole };
}

interface Application extends AppVariable {
  readonly role: string;
  readonly database: string;
}

/** Three applications: two of them name the same database differently. */
function applicationsOf({ dump }: StageOptions): readonly Application[] {
  const api = { variable: "DATABASE_URL", key: "apiDatabaseUrl", resource: "apps-api" };
  if (dump !== undefined) return [{ ...api, role: names.dumpRole, database: names.dumpDatabase }];
  return [
    { ...api, role: sampleRoles.api, database: "api" },
    {
      variable: "AUTH_DB_CONNECTION",
      key: "authDbConnection",
      resource: "apps-auth",
      role: sampleRoles.auth,
      database: "api",
    },
    {
      variable: "INSIGHTS_PG_URL",
      key: "insightsPgUrl",
      resource: "apps-insights",
      role: sampleRoles.insights,
      database: "insights",
    },
  ];
}

function sourceUrl(cloud: CloudProcess, role: string, database: string): string {
  const { host, port } = cloud.facts.source;
  const password = cloud.facts.environment[`REHEARSAL_${role.toUpperCase()}_PASSWORD`] ?? "";
  return `postgresql://${role}:${percentEncode(password)}@${host}:${port}/${database}?sslmode=verify-full`;
}

function writerOf(options: StageOptions, cloud: CloudProcess, envFile: string): ClientOptions {
  return {
    name: "writing-client",
    folder: options.folder,
    envFile,
    perSecond: options.writes,
    sample: options.dump === undefined,
    certificate: cloud.facts.healthCertificate,
  };
}

/** Writes on, and answers health checks, for as long as the servers are up. */
async function startSuccessor(
  options: StageOptions,
  cloud: CloudProcess,
  { envFile, client }: { readonly envFile: string; readonly client: WritingClient },
): Promise<void> {
  let last = 0;
  for await (const entry of readRecord(client.recordFile)) {
    if ("write" in entry && entry.write !== undefined) last = Math.max(last, entry.write.n);
  }
  await startClient({
    ...writerOf(options, cloud, envFile),
    name: "writing-client-after",
    first: last + 1,
    port: Number(new URL(client.healthUrl).port),
    livesWith: cloud.facts.pid,
  });
}

async function planOf(
  options: StageOptions,
  cloud: CloudProcess,
  pulumi: boolean,
): Promise<string> {
  const original = path.join(packageFolder, "migrations-plans", "rehearsal.plan.yaml");
  if (options.dump === undefined && pulumi) return original;
  const folder = path.join(options.folder, "migrations-plans");
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, "rehearsal.plan.yaml");
  const text = await readFile(original, "utf8");
  const dump =
    options.dump === undefined
      ? undefined
      : { insertOnly: await insertOnlyTables(cloud, names.dumpDatabase, options.signal) };
  await writeFile(file, tailorPlan(text, { dump, pulumi }));
  return file;
}

async function isWriting(client: WritingClient, cloud: CloudProcess): Promise<boolean> {
  const seen = await checkHttp({
    url: client.healthUrl,
    ca: cloud.facts.environment["REHEARSAL_CA"] ?? "",
    expectBody: /"status":"ok"/,
    timeoutMs: 1000,
    signal: AbortSignal.timeout(2000),
  });
  return seen.is === "healthy";
}

/** Passwords are shown as the commands that print them: a terminal keeps what it shows. */
function reachOf(
  cloud: CloudProcess,
): readonly { readonly label: string; readonly where: string }[] {
  const { source, target, pid, caFile } = cloud.facts;
  const psql = (port: number, user: string, database: string) =>
    `psql "host=localhost port=${port} user=${user} dbname=${database} sslmode=verify-full sslrootcert=${caFile}"`;
  return [
    { label: "source", where: psql(source.port, "doadmin", "defaultdb") },
    { label: "target", where: psql(target.port, "azureadmin", "postgres") },
    { label: "its environment", where: `. ${path.join(path.dirname(caFile), "rehearsal.env")}` },
    { label: "end it", where: `kill ${pid}` },
  ];
}

function definedOnly(environment: Surroundings["environment"]): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}
