/** From a comparison that could only count some tables to the snapshots that go on holding them. */
import { uncheckedBecause } from "../failure.ts";
import type { Found } from "../found.ts";
import type { CompareOptions, CompareRequest } from "../options.ts";
import type { SideSnapshot } from "../side-snapshot.ts";
import { Held } from "./held.ts";
import { readTableStates } from "./table-state.ts";

/** False: nobody holds them, so they are to be closed. Throws the signal's reason when it fires. */
export async function handOver(
  snapshots: { readonly source: SideSnapshot; readonly target: SideSnapshot },
  request: CompareRequest,
  options: CompareOptions,
  { contents, rowHash }: Found,
): Promise<boolean> {
  const { hold, signal } = request;
  const names = new Set(contents?.deferred?.map(({ table }) => table));
  const pairs = contents?.pairs?.filter(({ table }) => names.has(table)) ?? [];
  if (hold === undefined || rowHash === undefined || pairs.length === 0) return false;
  try {
    const [source, target] = await Promise.all([
      readTableStates(snapshots.source, options.ignoredSchemas),
      readTableStates(snapshots.target, options.ignoredSchemas),
    ]);
    hold(
      new Held({
        ...snapshots,
        request,
        options,
        pairs,
        hash: rowHash,
        states: { source, target },
      }),
    );
    return true;
  } catch (error) {
    signal.throwIfAborted();
    // The comparison stands, and the manifest tells what it can of the rest.
    uncheckedBecause("both", "the held snapshot", error);
    return false;
  }
}
