/**
 * The local cloud, whole: PostgreSQL servers, both clouds' APIs, DNS. Runs in
 * a process of its own, so that the tool that migrates can be killed and
 * started again while the cloud goes on.
 */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { createAzure, type Azure } from "../azure/index.ts";
import { createAuthority, type Authority } from "../certificates/index.ts";
import {
  createDigitalOcean,
  postgresRoles,
  type DigitalOceanStandIn,
} from "../digitalocean/index.ts";
import type { FaultSettings, FaultSwitch } from "../fault-switch.ts";
import { findFault } from "../faults.ts";
import { allowExtensions } from "../postgres/index.ts";
import { startDatabases, type Databases } from "./databases.ts";
import { describeCloud } from "./describe.ts";
import { startNames, type NameServers } from "./name-servers.ts";
import { makeRoles, type CloudRoles } from "./roles.ts";
import { names, type CloudFacts, type CloudSettings } from "./settings.ts";

export interface Cloud {
  readonly facts: CloudFacts;
  readonly databases: Databases;
  readonly azure: Azure;
  readonly digitalOcean: DigitalOceanStandIn;
  readonly nameServers: NameServers;
  /** `settings` narrow it and say how often; without them it strikes as its catalog says. */
  fault(name: string, on: boolean, settings?: FaultSettings): void;
  /** Lets the servers outlive this process's starter. */
  release(): void;
  stop(): Promise<void>;
}

export async function startCloud(settings: CloudSettings, signal: AbortSignal): Promise<Cloud> {
  const authority = await createAuthority("opensauced-migrate rehearsal");
  const caFile = path.join(settings.folder, "ca.pem");
  await writeFile(caFile, authority.ca, { mode: 0o644 });
  const roles = makeRoles(settings.dump !== undefined);
  const databases = await startDatabases(settings, authority, roles, signal);
  const nameServers = await startNames();
  const azure = await startAzure(settings, databases, authority, roles);
  const digitalOcean = await startDigitalOcean(
    settings,
    databases,
    authority,
    roles,
    nameServers,
    signal,
  );
  const fault = faultSwitch({ azure, digitalOcean, nameServers });
  for (const name of settings.faults) fault(name, true);
  return {
    facts: describeCloud({
      settings,
      roles,
      databases,
      caFile,
      azure,
      digitalOcean,
      nameServers,
      healthCertificate: await authority.issue({ names: ["localhost"], addresses: ["127.0.0.1"] }),
    }),
    databases,
    azure,
    digitalOcean,
    nameServers,
    fault,
    release: () => {
      databases.source.release();
      databases.target.release();
    },
    stop: async () => {
      await Promise.allSettled([azure.close(), digitalOcean.close(), nameServers.close()]);
      await Promise.allSettled([
        databases.source.stop({ mode: "immediate" }),
        databases.target.stop({ mode: "immediate" }),
      ]);
    },
  };
}

function faultSwitch({
  azure,
  digitalOcean,
  nameServers,
}: Pick<Cloud, "azure" | "digitalOcean" | "nameServers">): Cloud["fault"] {
  return (name, on, settings = {}) => {
    const found = findFault(name);
    if (found === undefined) throw new Error(`There is no fault ${name}.`);
    const turn = <Name extends string>(faults: FaultSwitch<Name>, own: Name): void =>
      on ? faults.on(own, settings) : faults.off(own);
    switch (found.cloud) {
      case "Azure":
        return turn(azure.faults, found.name);
      case "DigitalOcean":
        return turn(digitalOcean.faults, found.name);
      case "name server":
        return turn(nameServers.faults.nameServer, found.name);
      case "resolver":
        return turn(nameServers.faults.resolver, found.name);
    }
  };
}

async function startAzure(
  settings: CloudSettings,
  { target }: Databases,
  authority: Authority,
  roles: CloudRoles,
): Promise<Azure> {
  return createAzure({
    tls: await authority.issue({ names: ["localhost"], addresses: ["127.0.0.1"] }),
    token: roles.azureToken,
    directory: settings.folder,
    tools: {
      pgDump: path.join(settings.programs, "pg_dump"),
      pgRestore: path.join(settings.programs, "pg_restore"),
    },
    servers: [
      {
        subscriptionId: names.subscription,
        resourceGroup: names.resourceGroup,
        name: names.server,
        location: "eastus2",
        locationName: "East US 2",
        administratorLogin: roles.azureAdmin.user,
        fullyQualifiedDomainName: "localhost",
        postgres: {
          host: target.host,
          port: target.port,
          superuser: roles.targetSuperuser.user,
          password: roles.targetSuperuser.password,
          tls: true,
        },
        restart: () => target.restart(),
        allowExtensions: (extensions) => allowExtensions(target, extensions),
      },
    ],
    // Quick, and never instant: the states must be walked.
    timings: { acceptedMs: 200, prerequisitesMs: 500 },
  });
}

async function startDigitalOcean(
  { front }: CloudSettings,
  { source }: Databases,
  authority: Authority,
  roles: CloudRoles,
  nameServers: NameServers,
  signal: AbortSignal,
): Promise<DigitalOceanStandIn> {
  return createDigitalOcean({
    tls: await authority.issue({ names: ["localhost"], addresses: ["127.0.0.1"] }),
    tokens: [{ token: roles.digitalOceanToken }],
    clusters: [
      {
        name: names.cluster,
        endpoint: {
          ...source.endpoint({ ...roles.doadmin, database: "defaultdb" }),
          ...(front === undefined ? {} : { port: front.source }),
        },
        ca: authority.ca,
        version: String(source.major),
        semanticVersion: source.version,
        roles: postgresRoles(source.superuser, signal),
        rules: [{ type: "ip_addr", value: "127.0.0.1" }],
      },
    ],
    domains: [
      {
        name: names.zone,
        nameServers: ["ns1.rehearsal.test", "ns2.rehearsal.test"],
        records: [{ type: "A", name: names.record, data: names.oldAddress, ttl: 40 }],
      },
    ],
    publish: (set) => nameServers.publish(set),
  });
}
