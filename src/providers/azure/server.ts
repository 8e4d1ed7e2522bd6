/** What Azure says about the server itself, its parameters and its databases. Pure. */
import { z } from "zod";
import { figure, flag, readShape, text } from "./shape.ts";

export interface ServerFacts {
  readonly id: string;
  readonly name: string;
  /** As Azure says it, `East US 2`; taken back in this form too. */
  readonly location: string;
  /** `Ready`, `Updating`, `Stopped`, or newer. */
  readonly state: string | undefined;
  /** `17`. */
  readonly version: string | undefined;
  readonly minorVersion: string | undefined;
  readonly host: string | undefined;
  readonly administrator: string | undefined;
  readonly sku: { readonly name: string | undefined; readonly tier: string | undefined };
  /** GiB. */
  readonly storageGb: number | undefined;
  readonly storageAutoGrow: boolean | undefined;
  /** `Disabled`, `ZoneRedundant`, `SameZone`; the migration service needs `Disabled`. */
  readonly highAvailability: string | undefined;
  readonly replicationRole: string | undefined;
  readonly publicNetworkAccess: string | undefined;
  readonly passwordAuth: boolean | undefined;
  readonly backupRetentionDays: number | undefined;
  readonly earliestRestore: string | undefined;
}

const server = z.object({
  id: z.string(),
  name: z.string(),
  location: z.string(),
  sku: z.object({ name: text, tier: text }).nullish(),
  properties: z.object({
    state: text,
    version: text,
    minorVersion: text,
    fullyQualifiedDomainName: text,
    administratorLogin: text,
    replicationRole: text,
    storage: z.object({ storageSizeGB: figure, autoGrow: text }).nullish(),
    highAvailability: z.object({ mode: text }).nullish(),
    network: z.object({ publicNetworkAccess: text }).nullish(),
    authConfig: z.object({ passwordAuth: text }).nullish(),
    backup: z.object({ backupRetentionDays: figure, earliestRestoreDate: text }).nullish(),
  }),
});

function enabled(value: string | undefined): boolean | undefined {
  return value === undefined ? undefined : value === "Enabled";
}

export function readServer(raw: unknown): ServerFacts {
  const { id, name, location, sku, properties } = readShape(server, raw, "the server");
  return {
    id,
    name,
    location,
    state: properties.state,
    version: properties.version,
    minorVersion: properties.minorVersion,
    host: properties.fullyQualifiedDomainName,
    administrator: properties.administratorLogin,
    sku: { name: sku?.name, tier: sku?.tier },
    storageGb: properties.storage?.storageSizeGB,
    storageAutoGrow: enabled(properties.storage?.autoGrow),
    highAvailability: properties.highAvailability?.mode,
    replicationRole: properties.replicationRole,
    publicNetworkAccess: properties.network?.publicNetworkAccess,
    passwordAuth: enabled(properties.authConfig?.passwordAuth),
    backupRetentionDays: properties.backup?.backupRetentionDays,
    earliestRestore: properties.backup?.earliestRestoreDate,
  };
}

export interface Configuration {
  readonly name: string;
  /** Empty when the parameter is empty; undefined when Azure did not say. */
  readonly value: string | undefined;
  readonly defaultValue: string | undefined;
  /** `user-override`, `system-default`. */
  readonly source: string | undefined;
  /** As Azure writes it: `on,off`, `1-100`, a comma list. */
  readonly allowedValues: string | undefined;
  readonly dataType: string | undefined;
  /** False: takes a restart of the server. */
  readonly dynamic: boolean | undefined;
  readonly readOnly: boolean | undefined;
  readonly pendingRestart: boolean | undefined;
}

const plain = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);

const configuration = z.object({
  name: z.string(),
  properties: z.object({
    value: plain,
    defaultValue: plain,
    source: text,
    allowedValues: plain,
    dataType: text,
    isDynamicConfig: flag,
    isReadOnly: flag,
    isConfigPendingRestart: flag,
  }),
});

export function readConfiguration(raw: unknown): Configuration {
  const { name, properties } = readShape(configuration, raw, "a server parameter");
  return {
    name,
    value: properties.value,
    defaultValue: properties.defaultValue,
    source: properties.source,
    allowedValues: properties.allowedValues,
    dataType: properties.dataType,
    dynamic: properties.isDynamicConfig,
    readOnly: properties.isReadOnly,
    pendingRestart: properties.isConfigPendingRestart,
  };
}

export interface AzureDatabase {
  readonly name: string;
  readonly charset: string | undefined;
  readonly collation: string | undefined;
}

const database = z.object({
  name: z.string(),
  properties: z.object({ charset: text, collation: text }).nullish(),
});

export function readDatabase(raw: unknown): AzureDatabase {
  const { name, properties } = readShape(database, raw, "a database");
  return { name, charset: properties?.charset, collation: properties?.collation };
}

export interface FirewallRule {
  /** At most 80 letters, digits, `-` and `_`. */
  readonly name: string;
  /** IPv4. */
  readonly first: string;
  readonly last: string;
}

const rule = z.object({
  name: z.string(),
  properties: z.object({ startIpAddress: z.string(), endIpAddress: z.string() }),
});

export function readFirewallRule(raw: unknown): FirewallRule {
  const { name, properties } = readShape(rule, raw, "a firewall rule");
  return { name, first: properties.startIpAddress, last: properties.endIpAddress };
}

export interface Backup {
  readonly name: string;
  /** `Full`, `Customer On-Demand`. */
  readonly type: string | undefined;
  /** ISO 8601; undefined while it is being made. */
  readonly completedAt: string | undefined;
  readonly source: string | undefined;
}

const backup = z.object({
  name: z.string(),
  properties: z.object({ backupType: text, completedTime: text, source: text }),
});

export function readBackup(raw: unknown): Backup {
  const { name, properties } = readShape(backup, raw, "a backup");
  return {
    name,
    type: properties.backupType,
    completedAt: properties.completedTime,
    source: properties.source,
  };
}
