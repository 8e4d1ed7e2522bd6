/**
 * Whether the comparison may read on beside the applications, from what the
 * source said of its sessions. Pure. Not knowing is never taken for nothing to do.
 */

/** Sessions of others that run a statement, or why that could not be read. */
export type Load =
  | { readonly active: number }
  | {
      readonly unknown: string;
      /** Waiting would not help. */
      readonly lasting: boolean;
    };

export type Pace =
  | { readonly is: "go" }
  | { readonly is: "wait"; readonly reason: string }
  /** For good: what was waited for did not come. */
  | { readonly is: "stop"; readonly reason: string };

export interface PauseLimits {
  /** The comparison waits while more sessions than that are active. */
  readonly above: number;
  /** Milliseconds in a row: the snapshot that is held all the while keeps the server from cleaning up. */
  readonly longestMs: number;
  /** The same, while it cannot be told. */
  readonly longestUnknownMs: number;
}

export const pauseLimits = { longestMs: 3_600_000, longestUnknownMs: 60_000 };

const sessions = (count: number): string => `${count} session${count === 1 ? "" : "s"}`;

/** `waitedMs`: since the comparison last went on. */
export function paceOf(load: Load, limits: PauseLimits, waitedMs: number): Pace {
  const { above, longestMs, longestUnknownMs } = limits;
  if ("unknown" in load) {
    const reason = `how busy the source is cannot be read: ${load.unknown}`;
    return !load.lasting && waitedMs < longestUnknownMs
      ? { is: "wait", reason }
      : { is: "stop", reason };
  }
  if (load.active <= above) return { is: "go" };
  const reason = `${sessions(load.active)} of others ${load.active === 1 ? "is" : "are"} active on the source, and the comparison pauses above ${above}`;
  return waitedMs < longestMs ? { is: "wait", reason } : { is: "stop", reason };
}
