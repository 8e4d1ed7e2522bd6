/**
 * Every way in which the stand-in can misbehave on request: a name, what it
 * imitates, where that is known from, and how often it strikes unless told.
 * A new fault is one entry here and one question `faults.take(...)` or
 * `faults.isOn(...)` where it strikes.
 */

import type { FaultKind } from "../../fault-switch.ts";

const retries = "ts-http-runtime: exponential retry on 5xx and on resets, three times";
const throttling = "ts-http-runtime: 429 and 503 are retried only with a Retry-After";

/** Strike a request itself. `path` of a setting narrows them to a part of the API. */
export const requestFaults = {
  "http-500": { imitates: "InternalServerError before any effect", source: retries, times: 2 },
  "http-503": { imitates: "ServiceUnavailable before any effect", source: retries, times: 2 },
  "http-429": {
    imitates: "throttling, with Retry-After: `amount` seconds (default 1)",
    source: throttling,
    times: 2,
  },
  "http-429-bare": { imitates: "throttling without a Retry-After", source: throttling, times: 1 },
  "http-409-busy": {
    imitates: "409 ServerIsBusy: another operation holds the server",
    source: "azure-cli recordings; never retried by the client",
    times: 1,
  },
  "http-400-echo": {
    imitates:
      "a refusal that repeats the request: its body, with the passwords in it, and its token",
    source: "the SDK keeps the body in err.request; services quote what they could not read",
    times: 1,
  },
  "http-hang": {
    imitates: "a request that is never answered",
    source: "load balancer idle timeouts",
    times: 1,
  },
  "http-html": {
    imitates: "an HTML error page of a gateway, status 502",
    source: "front door errors",
    times: 1,
  },
  "http-html-200": {
    imitates: "an HTML page with status 200: a proxy's login page instead of the API",
    source: "captive portals; the SDK takes any 200 for done",
    times: 1,
  },
  "http-truncated": {
    imitates: "an answer cut off in the middle",
    source: "connection loss",
    times: 1,
  },
  "reset-before-effect": {
    imitates: "connection reset, nothing was done",
    source: retries,
    times: 1,
  },
  "reset-after-effect": {
    imitates: "connection reset after the effect: done or not?",
    source: retries,
    times: 1,
  },
  "token-expired": {
    imitates: "401 ExpiredAuthenticationToken",
    source: "ARM; tokens live about an hour",
    times: 1,
  },
} as const satisfies Record<string, FaultKind>;

/** What the service itself does. */
export const serviceFaults = {
  "operation-fails": {
    imitates: "a long-running operation that ends Failed",
    source: "core-lro: a plain Error",
    times: 1,
  },
  "operation-unknown-state": {
    imitates: "an operation whose state is a word that the SDK does not list",
    source: "core-lro: every unknown word counts as still running",
    times: 2,
  },
  "server-unknown-state": {
    imitates: "a server whose state is a word that the SDK does not list",
    source: "open enums of the API",
  },
  "migration-gone": {
    imitates: "404 for a migration that was created",
    source: "retention is not documented",
  },
  "unknown-state": {
    imitates: "a state word that the SDK does not list",
    source: "open enums of the API",
  },
  "second-active-migration": {
    imitates: "another migration, of somebody else, is active on the server",
    source: "known issues page; the live service accepts the second and fails it late",
  },
  "validation-fails": {
    imitates: "ValidationFailed with a message",
    source: "MigrationsGetMigrationWithValidationFailures",
  },
  "validation-warns": {
    imitates: "validation ends in Warning and goes on",
    source: "concepts-premigration",
  },
  "waits-for-overwrite": {
    imitates: "WaitingForTargetDBOverwriteConfirmation instead of error 603101",
    source: "schema text of overwriteDbsInTarget",
  },
  "waits-for-start": {
    imitates: "WaitingForDataMigrationScheduling until a PATCH says startDataMigration",
    source: "REST 2025-08-01: substate and startDataMigration",
  },
  "copy-stuck": {
    imitates: "a base copy that never goes on",
    source: "pgcopydb #822: stuck for more than two days",
  },
  "copy-fails": { imitates: "Failed in the base copy", source: "...ButMigrationFailure example" },
  "copy-fails-telling": {
    imitates: "Failed in the base copy, with both connection strings in the message",
    source: "libpq quotes what it was given; terminal escapes are the copied program's",
  },
  "progress-backwards": {
    imitates: "counters that fall between two looks",
    source: "counters are read from several places",
  },
  "latency-never-zero": {
    imitates: "replication that stands still while latency grows",
    source: "pgcopydb #794: online migration hung, latency only grows",
  },
  "cutover-hangs": { imitates: "CompletingMigration without an end", source: "pgcopydb #794" },
  "success-with-database-missing": {
    imitates: "Succeeded, and one database is not on the target",
    source: "post-migration page: validate the data yourself",
  },
  "success-with-database-invalid": {
    imitates:
      "Succeeded, and of one database there is what a DROP DATABASE cut off by a crash left",
    source: "PostgreSQL 15.4 and 16, release notes: datconnlimit -2, cannot be connected to",
  },
  "cancel-drops-database": {
    imitates: "a cancel that drops the databases on the target",
    source: "azure-docs #122153; the portal page says they stay",
  },
  "sku-too-small": {
    imitates: "a server of the Burstable tier, Standard_B1ms",
    source: "prerequisites page: allowed, and slow; refused in some regions",
  },
  "storage-too-small": {
    imitates: "a server with no room: storageSizeGB 0",
    source: "1.25 times the source is asked for",
  },
  "high-availability-on": {
    imitates: "a zone-redundant standby during migration",
    source: "prerequisites page: must be off",
  },
} as const satisfies Record<string, FaultKind>;

/** What is wrong with the data: while the service follows the source, or once it says that it succeeded. */
export const damageFaults = {
  "row-lost-in-copy": {
    imitates: "one row missing on the target as soon as the copy is there and followed",
    source: "the loss that the tool must find before the outage",
    times: 1,
  },
  "row-changed-in-copy": {
    imitates: "one value changed on the target as soon as the copy is there and followed",
    source: "the damage that the tool must find before the outage",
    times: 1,
  },
  "row-lost": {
    imitates: "one row missing on the target after the cutover",
    source: "the loss that the tool must find",
    times: 1,
  },
  "row-changed": {
    imitates: "one value changed on the target after the cutover",
    source: "the damage that the tool must find",
    times: 1,
  },
  "sequence-set-back": {
    imitates: "a sequence behind after the cutover, which the tool sets right",
    source: "sequences are not in the change stream; pgcopydb sets them once",
    times: 1,
  },
  "sequence-behind": {
    imitates: "a sequence that is behind again as soon as it is set right",
    source: "another tool that still manages the target",
  },
} as const satisfies Record<string, FaultKind>;

export const faultCatalog = { ...requestFaults, ...serviceFaults, ...damageFaults };

export type FaultName = keyof typeof faultCatalog;

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faultCatalog, name);
}
