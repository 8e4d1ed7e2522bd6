/**
 * How many databases are compared at once, and with how many sessions each, so
 * that a server which has few of them keeps some for others. Pure.
 */
import type { EqualSettings } from "./settings.ts";

export interface Turns {
  readonly atOnce: number;
  /** To each side, of each database that is compared. */
  readonly sessions: number;
  /** To each side, of each that is only held; undefined: all. */
  readonly held: number | undefined;
}

type Limits = Pick<EqualSettings, "sessions" | "maxConnections" | "within">;

/** What is held keeps its sessions while others are compared: then one is, at a time, and a held one keeps one. */
export function turnsOf(
  { sessions, maxConnections: most, within }: Limits,
  databases: number,
): Turns {
  if (most === undefined) return { atOnce: databases, sessions, held: undefined };
  if (within === undefined) {
    const each = Math.min(sessions, most);
    return { atOnce: Math.max(1, Math.floor(most / each)), sessions: each, held: undefined };
  }
  const each = Math.max(1, Math.min(sessions, most - (databases - 1)));
  return { atOnce: 1, sessions: each, held: 1 };
}

/** Whether one more may be held while the others that are left are compared. */
export function mayHold(
  { sessions, held }: Turns,
  most: number | undefined,
  { alreadyHeld, left }: { readonly alreadyHeld: number; readonly left: number },
): boolean {
  if (most === undefined) return true;
  return (alreadyHeld + 1) * (held ?? sessions) + (left > 0 ? sessions : 0) <= most;
}
