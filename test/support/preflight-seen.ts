/** What the checks before a migration see when all is well, to be spoilt by one thing at a time. */
import type { ServerFacts } from "../../src/providers/azure/index.ts";
import type { PreflightSeen } from "../../src/steps/preflight-passed/observe.ts";
import type { CloudsSeen } from "../../src/steps/preflight-passed/observe/clouds.ts";
import type {
  DatabaseFacts,
  DatabaseParts,
} from "../../src/steps/preflight-passed/observe/database.ts";
import type { SourceServer } from "../../src/steps/preflight-passed/observe/source-server.ts";
import type { TableFacts } from "../../src/steps/preflight-passed/observe/tables.ts";
import type { TargetServer } from "../../src/steps/preflight-passed/observe/target-server.ts";
import type { Reading } from "../../src/steps/preflight-passed/reading.ts";

export function read<T>(value: T): Reading<T> {
  return { is: "read", value };
}

const gigabyte = 1e9;

export const table: TableFacts = {
  schema: "public",
  name: "users",
  kind: "table",
  owner: "api_app",
  member: true,
  readable: true,
  unlogged: false,
  identified: true,
  byWholeRow: false,
  incomparable: [],
  generatedIdentity: [],
  bytes: gigabyte,
  filtered: false,
};

export const facts: DatabaseFacts = {
  encoding: "UTF8",
  collation: "en_US.UTF-8",
  localeProvider: "c",
  bytes: 10 * gigabyte,
  owner: "doadmin",
  owned: true,
  mayCreate: true,
  largeObjects: 0,
  eventTriggers: [],
  collations: [],
};

export const parts: DatabaseParts = {
  facts: read(facts),
  tables: read([table]),
  extensions: read([{ name: "pg_trgm", schema: "public", version: "1.6" }]),
  objects: read([]),
  readOnly: read([]),
  unrestorable: read({ superuserOnly: [], casts: [], generatedAlone: [] }),
};

export const source: SourceServer = {
  facts: {
    admin: "doadmin",
    version: "15.18",
    versionNum: 150_018,
    standby: false,
    walLevel: "logical",
    maxSlots: 8,
    maxSenders: 20,
    sendersInUse: 1,
    slotWalCap: undefined,
    superuser: false,
    replication: true,
    mayEndSessions: true,
    seesSessions: true,
    lockRoom: 6400,
    locksPerTransaction: 64,
    bytes: 12 * gigabyte,
    walBytesPerSecond: 100_000,
  },
  identity: read({ systemIdentifier: "1", databaseOid: 5, versionNum: 150_018 }),
  slots: read([]),
  activity: read({ transactions: [], prepared: [] }),
  roles: read([{ name: "api_app", superuser: false, member: true, beyond: [] }]),
};

export const target: TargetServer = {
  facts: {
    admin: "azadmin",
    version: "17.10",
    versionNum: 170_010,
    standby: false,
    mayCreateRoles: true,
    mayCreateDatabases: true,
    inAdminGroup: true,
    locales: ["C", "en_US.utf8"],
  },
  identity: read({ systemIdentifier: "2", databaseOid: 5, versionNum: 170_010 }),
  offers: read({
    collations: new Map([
      ["en_US.utf8", "2.36"],
      ["de-x-icu", "153.120"],
    ]),
    extensions: new Map([
      ["pg_trgm", ["1.5", "1.6"]],
      ["pg_partman", ["5.2.4"]],
      ["postgres_fdw", ["1.1"]],
      ["timescaledb", ["2.19.3"]],
    ]),
    settable: new Set(["search_path", "work_mem"]),
  }),
};

export const server: ServerFacts = {
  id: "/subscriptions/s/resourceGroups/g/providers/x/flexibleServers/pg",
  name: "pg",
  location: "Canada Central",
  state: "Ready",
  version: "17",
  minorVersion: "10",
  host: "pg.postgres.database.azure.com",
  administrator: "azadmin",
  sku: { name: "Standard_D4ds_v5", tier: "GeneralPurpose" },
  storageGb: 128,
  storageAutoGrow: false,
  highAvailability: "Disabled",
  replicationRole: "Primary",
  publicNetworkAccess: "Enabled",
  passwordAuth: true,
  backupRetentionDays: 7,
  earliestRestore: undefined,
};

export const extensionsParameter = {
  name: "azure.extensions",
  value: "",
  defaultValue: "",
  source: "system-default",
  allowedValues: "PG_TRGM,POSTGRES_FDW,TIMESCALEDB,PG_CRON",
  dataType: "Set",
  dynamic: true,
  readOnly: false,
  pendingRestart: false,
};

export const cluster = {
  id: "9cc10173-e9ea-4176-9dbc-a4cee4c4ff30",
  name: "backend",
  engine: "pg",
  version: "15",
  status: "online",
  online: true,
  region: "nyc3",
  size: "db-s-2vcpu-4gb",
  nodes: 1,
  storageMib: 61_440,
  databases: ["api"],
  connection: undefined,
  privateConnection: undefined,
  maintenance: undefined,
  serviceNames: [],
};

export const clouds: CloudsSeen = {
  cluster: read({ cluster, firewall: read([{ type: "ip_addr", value: "192.0.2.1" }]), wanted: [] }),
  server: read(server),
  extensions: read(extensionsParameter),
  migrations: read([]),
};

export const good: PreflightSeen = {
  planned: [{ name: "api", roles: ["api_app"] }],
  promised: [],
  source: read(source),
  probe: { is: "made", attempt: read(undefined) },
  target: read(target),
  databases: [{ name: "api", seen: read(parts) }],
  logins: [{ database: "api", role: "api_app", session: read({ readOnly: false }) }],
  clouds,
  tools: read({
    is: "found",
    tools: { directory: "/usr/lib/postgresql/15/bin", version: "15.18", major: 15 },
  }),
  disk: read({ folder: "/runs/1/snapshot", dumped: true, freeBytes: 50 * gigabyte }),
};
