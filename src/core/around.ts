/** Of two texts that may be pages long: so much of each as stands around the place where they part. Pure. */

export interface Around {
  /** Characters of each; shorter texts are left whole. */
  readonly length: number;
  /** Characters of them before that place. */
  readonly before: number;
}

/** Cut ends are marked by three dots. */
export function around(
  [one, other]: readonly [string, string],
  { length, before }: Around,
): readonly [string, string] {
  if (Math.max(one.length, other.length) <= length) return [one, other];
  const from = Math.max(0, sameUntil(one, other) - before);
  return [part(one, from, length), part(other, from, length)];
}

function sameUntil(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

function part(text: string, from: number, length: number): string {
  const cut = text.slice(from, from + length).toWellFormed();
  const [begins, ends] = [from > 0 ? "..." : "", from + length < text.length ? "..." : ""];
  return `${begins}${cut}${ends}`;
}
