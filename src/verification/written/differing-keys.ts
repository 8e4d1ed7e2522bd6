/**
 * The keys whose rows two reads do not have alike. Both are streamed at the same
 * time, and a row is held only until the other side has come to its key.
 */
import { keyOf } from "../contents/buckets.ts";
import type { TablePair } from "../contents/table-pair.ts";
import type { SideLabel, TextRow } from "../side.ts";
import type { SideSnapshot } from "../side-snapshot.ts";

export interface Sides {
  readonly source: SideSnapshot;
  readonly target: SideSnapshot;
}

/** Which of two reads at once it was. */
export class ReadFailed extends Error {
  readonly side: SideLabel;

  constructor(side: SideLabel, cause: unknown) {
    super(`a read of the ${side} failed`, { cause });
    this.side = side;
  }
}

/** Both to their end, so that none goes on behind a failure. Throws ReadFailed. */
export async function onBoth<T>(
  { source, target }: Sides,
  read: (side: SideSnapshot) => Promise<T>,
): Promise<[T, T]> {
  const [ours, theirs] = await Promise.allSettled([read(source), read(target)]);
  if (ours.status === "rejected") throw new ReadFailed("source", ours.reason);
  if (theirs.status === "rejected") throw new ReadFailed("target", theirs.reason);
  return [ours.value, theirs.value];
}

function keyRow(text: string): TextRow {
  const values = JSON.parse(text) as (string | null)[];
  return Object.fromEntries(values.map((value, at) => [`k${at}`, value]));
}

/** `sql` gives `k0`, ... and `hash`. A key is unique on each side. Throws ReadFailed. */
export async function differingKeys(
  sides: Sides,
  pair: TablePair,
  sql: string,
): Promise<TextRow[]> {
  /** Read on one side only so far. */
  const alone = new Map<string, string | null>();
  const different: string[] = [];
  await onBoth(sides, async (side) => {
    for await (const rows of side.stream(sql)) {
      for (const row of rows) {
        const key = keyOf(row, pair.key);
        const hash = row["hash"] ?? null;
        const other = alone.get(key);
        if (other === undefined) alone.set(key, hash);
        else {
          alone.delete(key);
          if (other !== hash) different.push(key);
        }
      }
    }
  });
  return [...different, ...alone.keys()].map(keyRow);
}
