/**
 * Whether the comparison may read on beside the applications, from what the
 * source said of its sessions. Pure. Not knowing is never taken for nothing to do.
 */

import { showSize } from "../../core/duration.ts";

/** Above which of them a comparison waits. Undefined: whatever it is. */
export interface PauseBounds {
  /** Sessions of others that run a statement on the source. */
  readonly active?: number | undefined;
  /** Bytes of WAL that who follows the source has not confirmed yet. */
  readonly behind?: number | undefined;
}

/** What was asked for, or why it could not be read. */
export type Load =
  | { readonly active?: number; readonly behind?: number }
  | {
      readonly unknown: string;
      /** Waiting would not help. */
      readonly lasting: boolean;
      /** What would. */
      readonly remedy?: string;
    };

export type Pace =
  | { readonly is: "go" }
  | { readonly is: "wait"; readonly reason: string }
  /** For good: what was waited for did not come. */
  | { readonly is: "stop"; readonly reason: string; readonly remedy?: string | undefined };

export interface PauseLimits {
  readonly bounds: PauseBounds;
  /** Milliseconds in a row: the snapshot that is held all the while keeps the server from cleaning up. */
  readonly longestMs: number;
  /** The same, while it cannot be told. */
  readonly longestUnknownMs: number;
}

export const pauseLimits = { longestMs: 3_600_000, longestUnknownMs: 60_000 };

const sessions = (count: number): string => `${count} session${count === 1 ? "" : "s"}`;

function tooMuch(
  { active = 0, behind = 0 }: { readonly active?: number; readonly behind?: number },
  bounds: PauseBounds,
): string | undefined {
  if (bounds.active !== undefined && active > bounds.active) {
    return `${sessions(active)} of others ${active === 1 ? "is" : "are"} active on the source, and the comparison pauses above ${bounds.active}`;
  }
  if (bounds.behind !== undefined && behind > bounds.behind) {
    return `who follows the source is ${showSize(behind)} of WAL behind, and the comparison pauses above ${showSize(bounds.behind)}`;
  }
  return undefined;
}

/** `waitedMs`: since the comparison last went on. */
export function paceOf(load: Load, limits: PauseLimits, waitedMs: number): Pace {
  const { bounds, longestMs, longestUnknownMs } = limits;
  if ("unknown" in load) {
    const reason = `how busy the source is cannot be read: ${load.unknown}`;
    return !load.lasting && waitedMs < longestUnknownMs
      ? { is: "wait", reason }
      : { is: "stop", reason, remedy: load.remedy };
  }
  const reason = tooMuch(load, bounds);
  if (reason === undefined) return { is: "go" };
  return waitedMs < longestMs ? { is: "wait", reason } : { is: "stop", reason };
}
