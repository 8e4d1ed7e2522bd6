/**
 * Asks both servers to hash constants, and with that settles how rows are
 * hashed in this comparison. A server that refuses a function has not failed.
 */
import { type HashProbe, type RowHash, chooseRowHash, probeSql } from "./contents/row-hash.ts";
import { uncheckedBecause } from "./failure.ts";
import type { SideSnapshot } from "./side-snapshot.ts";

async function ask(side: SideSnapshot, sql: string): Promise<string | null> {
  try {
    const [row] = await side.read(sql);
    return row?.["answer"] ?? null;
  } catch (error) {
    // Throws on what the server did not say; a lost session is said by every other read.
    uncheckedBecause(side.label, "row hash functions", error);
    return null;
  }
}

async function probe(side: SideSnapshot): Promise<HashProbe> {
  const [recordSend, text] = await Promise.all([
    ask(side, probeSql.recordSend),
    ask(side, probeSql.text),
  ]);
  return { recordSend, text };
}

export async function probeRowHash(
  source: SideSnapshot,
  target: SideSnapshot,
  wanted: "probed" | "text-chain",
): Promise<RowHash | undefined> {
  const [ours, theirs] = await Promise.all([probe(source), probe(target)]);
  return chooseRowHash(ours, theirs, wanted);
}
