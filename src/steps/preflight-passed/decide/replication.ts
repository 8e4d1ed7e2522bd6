/** Whether the source can be followed: pure. Asked in online mode only. */
import { ProviderError } from "../../../core/errors.ts";
import { quoteIdentifier } from "../../../core/identifier.ts";
import { type Check } from "../check.ts";
import type { Probe } from "../observe/probe.ts";
import { inactiveSlots, type Slot } from "../../inactive-slots.ts";
import type { SourceFacts } from "../observe/source-server.ts";

/** The command that sets a parameter of the cluster. */
export const putConfig = (cluster: string, name: string, value: number): string =>
  `doctl databases configuration update ${cluster} --engine pg --config-json '{"${name}": ${value}}'`;

export const followChecks: readonly Check<SourceFacts>[] = [
  ({ walLevel }) =>
    walLevel === "logical"
      ? undefined
      : {
          code: "wal-level-not-logical",
          severity: "blocks",
          message: `The source writes its log with wal_level ${walLevel}, from which changes cannot be followed (Azure's 603107).`,
          remedy:
            "Ask DigitalOcean's support for wal_level=logical, or use `mode: offline`, whose outage is the whole copy.",
        },
  ({ admin, replication }) =>
    replication
      ? undefined
      : {
          code: "replication-right-missing",
          severity: "blocks",
          message: `Role ${admin} of the source may not replicate (603104), so Azure could not follow the source's changes.`,
          remedy: `ALTER ROLE ${quoteIdentifier(admin)} REPLICATION; -- or at DigitalOcean: the user's setting pg_allow_replication`,
        },
];

export interface Room {
  readonly facts: SourceFacts;
  readonly slots: readonly Slot[];
  /** The cluster's id at DigitalOcean, for remedies. */
  readonly cluster: string;
  /** Databases of the plan. */
  readonly databases: number;
}

export const roomChecks: readonly Check<Room>[] = [
  ({ facts: { maxSlots }, slots, databases, cluster }) => {
    const free = maxSlots - slots.length;
    if (free > databases) return undefined;
    return {
      code: "replication-slots-short",
      severity: "blocks",
      message: `The source has ${free} of its ${maxSlots} replication slots free; Azure wants more than the plan's ${count(databases, "database")} (603105).`,
      objects: slots.map(({ name }) => name),
      remedy: putConfig(
        cluster,
        "max_replication_slots",
        Math.max(8, slots.length + databases + 2),
      ),
    };
  },
  ({ facts: { maxSlots, maxSenders, sendersInUse }, cluster }) => {
    const needed = maxSlots + sendersInUse;
    if (maxSenders >= needed) return undefined;
    return {
      code: "wal-senders-short",
      severity: "blocks",
      message: `The source allows ${maxSenders} WAL senders; Azure wants one for each of the ${maxSlots} replication slots besides the ${sendersInUse} in use (603106).`,
      remedy: putConfig(cluster, "max_wal_senders", Math.max(20, needed)),
    };
  },
  ({ slots }) => inactiveSlots(slots, "they keep WAL, which can fill its disk during the copy"),
  ({ facts: { slotWalCap }, cluster }) =>
    slotWalCap === undefined
      ? undefined
      : {
          code: "slot-wal-capped",
          severity: "warns",
          message: `The source gives up a slot that has ${slotWalCap} MB of WAL behind it (max_slot_wal_keep_size): a copy that takes longer than writing so much would have to begin anew.`,
          remedy: putConfig(cluster, "max_slot_wal_keep_size", -1),
        },
];

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** query_canceled and lock_not_available: our own deadlines, whichever comes first. */
const tookTooLong = new Set(["57014", "55P03"]);
/** undefined_file, undefined_object: how PostgreSQL says that it has no such plugin. */
const pluginMissing = new Set(["58P01", "42704"]);

export const probeChecks: readonly Check<Probe>[] = [
  (probe) => {
    if (probe.is === "left out" || probe.attempt.is === "read") return undefined;
    const { error } = probe.attempt;
    const code = error instanceof ProviderError ? (error.code ?? "") : "";
    if (pluginMissing.has(code)) {
      return {
        code: "test-decoding-missing",
        severity: "blocks",
        message: `The source has no output plugin test_decoding, with which Azure follows it: ${error.message}`,
        remedy: "Ask DigitalOcean's support for test_decoding, or use `mode: offline`.",
      };
    }
    if (tookTooLong.has(code)) {
      return {
        code: "replication-not-proven",
        severity: "unknown",
        message:
          "A logical slot was not there within 10 s. A slot waits for every open transaction that has written; Azure's migration would wait for them as well.",
        remedy:
          "SELECT pid, usename, datname, xact_start, query FROM pg_stat_activity WHERE backend_xid IS NOT NULL ORDER BY xact_start; -- end the oldest, or wait",
      };
    }
    const refused = code === "42501" || code === "0A000" || code === "55000";
    return {
      code: refused ? "replication-refused" : "replication-not-proven",
      severity: refused ? "blocks" : "unknown",
      message: `A temporary logical slot could not be made on the source: ${error.message}`,
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    };
  },
];
