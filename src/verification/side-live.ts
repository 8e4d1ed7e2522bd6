/**
 * One side as it is now: every read sees what was committed when it began.
 * Between reads nothing is held, so that a side in use can go on cleaning up.
 */
import { notOpened } from "./failure.ts";
import type { Unchecked } from "./report.ts";
import { pinSettingsSql } from "./session-settings.ts";
import type { Side } from "./side.ts";
import { mark } from "./sessions.ts";
import { openSide, type SideSnapshot } from "./side-snapshot.ts";
import { queryText } from "./text-query.ts";

/**
 * READ COMMITTED takes a snapshot for each statement, and none in between. The
 * settings are the transaction's, so that a session handed back is not changed.
 */
const begin = "begin isolation level read committed read only";

/** Throws as `openSide` does. */
function openSideLive(side: Side, wanted: number, signal: AbortSignal): Promise<SideSnapshot> {
  return openSide(side, wanted, signal, (clients) =>
    Promise.all(
      clients.map(async (client) => {
        await queryText(client, `${begin}; ${pinSettingsSql(side.lockMs)}; ${mark}`);
        return client;
      }),
    ),
  );
}

export interface BothRequest {
  readonly source: Side;
  readonly target: Side;
  readonly signal: AbortSignal;
  /** To each side. */
  readonly sessions: number;
}

/** For one use, and ended whatever happens. `refused`: why one of them, or both, could not be had. */
export async function withBothLive<T>(
  { source, target, signal, sessions }: BothRequest,
  use: {
    opened(sides: { readonly source: SideSnapshot; readonly target: SideSnapshot }): Promise<T>;
    refused(because: readonly Unchecked[]): T;
  },
): Promise<T> {
  const [ours, theirs] = await Promise.allSettled([
    openSideLive(source, sessions, signal),
    openSideLive(target, sessions, signal),
  ]);
  const opened = [ours, theirs].flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  try {
    signal.throwIfAborted();
    if (ours.status === "fulfilled" && theirs.status === "fulfilled") {
      return await use.opened({ source: ours.value, target: theirs.value });
    }
    return use.refused(notOpened({ source, target }, [ours, theirs]));
  } finally {
    await Promise.all(opened.map((side) => side.close()));
  }
}
