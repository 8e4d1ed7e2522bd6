/**
 * Durations and sizes as a plan writes them: `30s`, `1h30m`, `10MB`. Durations
 * are milliseconds, sizes are bytes. Sizes are decimal as the clouds count
 * them (`MB` is 10^6) unless written `MiB`.
 */

const milliseconds = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const bytes = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;

export const durationPattern = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
export const sizePattern = /^\d+(?:\.\d+)?(?:B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/;

/** Milliseconds, or undefined when the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  if (!durationPattern.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * milliseconds[unit as keyof typeof milliseconds];
  }
  return total;
}

/** Bytes, or undefined when the text is not a size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text);
  if (match === null || !sizePattern.test(text)) return undefined;
  return Math.round(Number(match[1]) * bytes[match[2] as keyof typeof bytes]);
}

/** For people: `420 ms`, `3.2 s`, `4m 10s`, `2h 5m`. */
export function showDuration(ms: number): string {
  if (Math.round(ms) < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** For people: `812 B`, `4.1 MB`, `1.2 TB`. */
export function showSize(size: number): string {
  if (size < 1000) return `${Math.round(size)} B`;
  const units = ["kB", "MB", "GB", "TB"] as const;
  let amount = size / 1000;
  for (const unit of units.slice(0, -1)) {
    // 999.95 would be shown as 1000.0 of the smaller unit.
    if (amount < 999.95) return `${amount.toFixed(1)} ${unit}`;
    amount /= 1000;
  }
  return `${amount.toFixed(1)} TB`;
}
