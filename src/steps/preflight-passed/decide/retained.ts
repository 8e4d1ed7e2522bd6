/** Whether the source has room for what a copy holds on to while it lasts: log and locks. Pure. */
import { showDuration, showSize } from "../../../core/duration.ts";
import type { Cluster } from "../../../providers/digitalocean/index.ts";
import type { Check } from "../check.ts";
import type { SourceFacts } from "../observe/source-server.ts";
import { putConfig } from "./replication.ts";
import { plainName, type TableIn } from "./tables.ts";

/** The slowest that Microsoft measured: 1 GB to 1 TB at 28 to 40 MB/s (best practices). */
const copiedPerSecond = 28_000_000;

export interface Retained {
  readonly facts: SourceFacts;
  readonly cluster: Cluster;
  readonly tables: readonly TableIn[];
  /** Of the databases of the plan. */
  readonly bytes: number;
}

/** A slot keeps all log that is written while the copy lasts, on the disk that the databases leave free. */
export const retainedChecks: readonly Check<Retained>[] = [
  ({ facts: { walBytesPerSecond, bytes: used, slotWalCap }, cluster, tables, bytes }) => {
    const { storageMib } = cluster;
    if (walBytesPerSecond === undefined || storageMib === undefined || slotWalCap !== undefined) {
      return undefined;
    }
    const seconds = bytes / copiedPerSecond;
    const kept = walBytesPerSecond * seconds;
    const free = storageMib * 2 ** 20 - used;
    if (kept <= free) return undefined;
    const largest = tables
      .filter((table) => table.bytes > 0)
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, 10);
    return {
      code: "source-disk-may-fill",
      severity: "warns",
      message: `The source keeps all log that is written while the copy lasts: about ${showSize(kept)}, at ${showSize(walBytesPerSecond)} a second on average and ${showDuration(Math.ceil(seconds) * 1000)} for ${showSize(bytes)} by Microsoft's figures. Its disk has at most ${showSize(Math.max(0, free))} left, and a full one takes no more writes. What takes longest is named.`,
      objects: largest.map((table) => `${plainName(table)}: ${showSize(table.bytes)}`),
      remedy: `doctl databases resize ${cluster.id} --num-nodes ${cluster.nodes ?? "NODES"} --size ${cluster.size ?? "SIZE"} --storage-size-mib ${Math.ceil((used + 2 * kept) / 2 ** 20 / 10_240) * 10_240}   # or migrate when little is written`,
    };
  },
];

export interface Locks {
  readonly facts: SourceFacts;
  /** Tables of each database of the plan. */
  readonly databases: readonly number[];
  /** The cluster's id at DigitalOcean, for the remedy. */
  readonly cluster: string;
}

/** pg_dump locks every table of its database at once, and databases are copied side by side. */
export const lockChecks: readonly Check<Locks>[] = [
  ({ facts: { lockRoom, locksPerTransaction }, databases, cluster }) => {
    const wanted = databases.reduce((sum, tables) => sum + tables, 0);
    if (wanted <= lockRoom) return undefined;
    return {
      code: "locks-short",
      severity: "warns",
      message: `A copy locks all ${wanted} tables at once, and the source has room for ${lockRoom} locks (max_locks_per_transaction times max_connections): it may end with "out of shared memory".`,
      remedy: putConfig(
        cluster,
        "max_locks_per_transaction",
        Math.min(6400, Math.ceil(wanted / (lockRoom / locksPerTransaction)) * 2),
      ),
    };
  },
];
