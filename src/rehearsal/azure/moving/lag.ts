/**
 * Seconds behind, pure: the age of the oldest source position that the
 * target had not confirmed when it was last looked at.
 */
import type { Positions } from "./source-slot.ts";

export interface Lag {
  /** Positions not yet confirmed, oldest first, with the moment they were first seen. */
  readonly open: readonly { readonly position: bigint; readonly seenMs: number }[];
}

export const noLag: Lag = { open: [] };

export function observeLag(lag: Lag, { written, confirmed }: Positions, nowMs: number): Lag {
  const newest = lag.open.at(-1)?.position ?? -1n;
  const seen = written > newest ? [...lag.open, { position: written, seenMs: nowMs }] : lag.open;
  return { open: seen.filter(({ position }) => confirmed === undefined || position > confirmed) };
}

/** Whole seconds, as the service shows it. */
export function lagSeconds(lag: Lag, nowMs: number): number {
  const oldest = lag.open[0];
  return oldest === undefined ? 0 : Math.floor((nowMs - oldest.seenMs) / 1000);
}
