/**
 * Never two writable sides: a probe that asks both servers all along, as the
 * application's role, and the writing client's record. After the point of no
 * return the source must not take a write any more, from nobody.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Entry } from "../../../src/core/journal/entry.ts";
import { readRecord } from "../../../src/rehearsal/client/index.ts";
import type { TestStage } from "../../support/set-stage.ts";
import { tryWriting, type Tried } from "./writing.ts";

export interface Sighting {
  /** Before the question was asked, in milliseconds since 1970. */
  readonly at: number;
  readonly source: Tried;
}

export interface SidesWatch {
  end(): Promise<readonly Sighting[]>;
}

const everyMs = 600;

export function watchSides(at: TestStage): SidesWatch {
  const over = new AbortController();
  const seen: Sighting[] = [];
  const watching = (async () => {
    while (!over.signal.aborted) {
      const asked = Date.now();
      seen.push({ at: asked, source: await tryWriting(at, "source") });
      await wait(everyMs, undefined, { signal: over.signal }).catch(() => undefined);
    }
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
  if (crossing === undefined) return [];
  const crossedMs = new Date(crossing.at).getTime();
  return seen
    .filter(({ at, source }) => at > crossedMs && source === "written")
    .slice(0, 1)
    .map(
      ({ at }) =>
        `The source took a write of a fresh session ${at - crossedMs} ms after the point of no return.`,
    );
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
