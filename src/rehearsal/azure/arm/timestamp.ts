/** Timestamps as the service writes them: UTC with seven decimals. */

export function timestamp(date: Date): string {
  const ticks = Math.floor((performance.now() * 10_000) % 10_000);
  return date.toISOString().replace("Z", `${String(ticks).padStart(4, "0")}Z`);
}
