/**
 * Never two writable sides: a probe that writes to the source all along, as
 * the application's role, and the writing client's record. After the point of
 * no return the source takes no write any more, from nobody; after a thaw it
 * takes those of old sessions too.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "pg";
import type { Entry } from "../../../src/core/journal/entry.ts";
import { readRecord } from "../../../src/rehearsal/client/index.ts";
import type { TestStage } from "../../support/set-stage.ts";
import { openAsApplication, tryIn, tryWriting, type Tried } from "./writing.ts";

export interface Sighting {
  /** Before the question was asked, in milliseconds since 1970. */
  readonly at: number;
  /** By a fresh session. */
  readonly source: Tried;
  /** By one that is kept as long as it works, as a pool keeps it. */
  readonly kept: Tried;
}

export interface SidesWatch {
  end(): Promise<readonly Sighting[]>;
}

const everyMs = 600;

export function watchSides(at: TestStage): SidesWatch {
  const over = new AbortController();
  const seen: Sighting[] = [];
  let session: Client | undefined;
  const inKept = async (): Promise<Tried> => {
    if (session === undefined) {
      const opened = await openAsApplication(at, "source");
      if (opened === undefined || opened === "refused") return opened ?? "unknown";
      session = opened;
    }
    const tried = await tryIn(session);
    if (tried === "unknown") {
      session?.end().catch(() => undefined);
      session = undefined;
    }
    return tried;
  };
  const watching = (async () => {
    while (!over.signal.aborted) {
      const asked = Date.now();
      const kept = await inKept();
      seen.push({ at: asked, source: await tryWriting(at, "source"), kept });
      await wait(everyMs, undefined, { signal: over.signal }).catch(() => undefined);
    }
    session?.end().catch(() => undefined);
  })();
  return {
    end: async () => {
      over.abort();
      await watching;
      return seen;
    },
  };
}

export function sidesProblems(
  seen: readonly Sighting[],
  journal: readonly Entry[],
): readonly string[] {
  const crossing = journal.find(({ type }) => type === "point-of-no-return");
  if (!seen.some(({ source }) => source === "written")) {
    return ["The probe never wrote to the source, and so proves nothing."];
  }
  if (crossing === undefined) {
    const stuck = seen
      .slice(-2)
      .filter(({ source, kept }) => source === "written" && kept === "refused");
    return stuck.length === 2
      ? ["A session that began in a freeze stays read-only, although the source was thawed."]
      : [];
  }
  const crossedMs = new Date(crossing.at).getTime();
  const late = seen.find(
    ({ at, source, kept }) => at > crossedMs && [source, kept].includes("written"),
  );
  return late === undefined
    ? []
    : [
        `The source took a write of a ${late.source === "written" ? "fresh" : "kept"} session ${late.at - crossedMs} ms after the point of no return.`,
      ];
}

/** Who acknowledged, in order: the source, then from one moment on the target alone. */
export async function orderProblems(at: TestStage): Promise<readonly string[]> {
  const target = `:${at.stage.cloud.facts.target.port}`;
  let onTarget = 0;
  for await (const entry of readRecord(at.stage.client.recordFile)) {
    if (entry.is !== "acknowledged") continue;
    if (entry.server.endsWith(target)) onTarget += 1;
    else if (onTarget > 0) {
      return [
        `Write ${entry.write.n} was acknowledged by the source after ${onTarget} by the target.`,
      ];
    }
  }
  return [];
}
