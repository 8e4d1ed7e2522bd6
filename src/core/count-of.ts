/** How many of what, in sentences: `1 row`, `1,204 rows`. Pure. */
export function countOf(n: number | bigint, noun: string): string {
  return `${n.toLocaleString("en-US")} ${noun}${Number(n) === 1 ? "" : "s"}`;
}
