/** Whether the data fits: on the target's storage, and as a dump on this machine. Pure. */
import { showSize } from "../../../core/duration.ts";
import type { ServerFacts } from "../../../providers/azure/index.ts";
import type { FoundTools } from "../../../providers/postgres-tools/index.ts";
import type { Check } from "../check.ts";
import { flexibleServer } from "./azure.ts";
import type { Disk } from "../observe/machine.ts";

/** What Microsoft asks for: an eighth of WAL and an eighth of temporary files (best practices). */
const targetFactor = 1.25;
/** A compressed dump mostly has 0.2 to 0.6 of the database's size: no indexes, no dead rows. */
const smallestDump = 0.3;

export interface Storage {
  readonly server: ServerFacts;
  /** Of all databases of the plan. */
  readonly bytes: number;
}

export const storageChecks: readonly Check<Storage>[] = [
  ({ server, bytes }) => {
    const { name, storageGb, storageAutoGrow } = server;
    if (storageGb === undefined) {
      return {
        code: "target-storage-unknown",
        severity: "unknown",
        message: `Azure does not tell the storage of the server ${name}, so whether the source's ${showSize(bytes)} fit is not known.`,
      };
    }
    const needed = bytes * targetFactor;
    const there = storageGb * 2 ** 30;
    if (there >= needed) return undefined;
    const grow = `${flexibleServer("update", server)} --storage-size ${Math.ceil(needed / 2 ** 30)}   (storage cannot be made smaller again)`;
    const short = `The server ${name} has ${showSize(there)} of storage; the source's ${showSize(bytes)} want ${showSize(needed)} there`;
    return storageAutoGrow === true
      ? {
          code: "target-storage-grows",
          severity: "warns",
          message: `${short}, so it will grow during the copy, which slows it down.`,
          remedy: grow,
        }
      : {
          code: "target-storage-short",
          severity: "blocks",
          message: `${short}: it would turn read-only during the copy.`,
          remedy: grow,
        };
  },
];

export interface DumpRoom {
  readonly disk: Disk;
  readonly bytes: number;
}

export const diskChecks: readonly Check<DumpRoom>[] = [
  ({ disk: { folder, dumped, freeBytes }, bytes }) => {
    if (freeBytes >= bytes) return undefined;
    const hopeless = freeBytes < bytes * smallestDump;
    return {
      code: hopeless ? "disk-short" : "disk-tight",
      severity: hopeless ? "blocks" : "warns",
      message: `There are ${showSize(freeBytes)} free for the dump of ${showSize(bytes)} of databases: ${hopeless ? "it would not fit." : "it may not fit, as dumps mostly have a fifth to three fifths of the size."}`,
      objects: [folder],
      remedy: dumped
        ? "Free some, or name a larger disk: `folder` in the source-snapshotted step and `snapshotFolder` here."
        : "Free some, or name a larger disk as `snapshotFolder` of this step. The plan makes no dump: without the setting its room is not asked about.",
    };
  },
];

export const toolsChecks: readonly Check<FoundTools>[] = [
  (found) =>
    found.is === "found"
      ? undefined
      : {
          code: "postgres-tools-missing",
          severity: "blocks",
          message: `The source cannot be dumped from this machine: ${found.message}`,
          remedy: found.remedy,
        },
];
