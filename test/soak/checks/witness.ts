/** No acknowledged write is lost: the writing client's record against the side that it is on. */
import type { TimedEvent } from "../../../src/core/event.ts";
import type { TestStage } from "../../support/set-stage.ts";

export interface Heard {
  readonly acknowledged: number;
  readonly longestOutageMs: number;
  readonly problems: readonly string[];
}

/** Ends the client. */
export async function hearWitness(at: TestStage, events: readonly TimedEvent[]): Promise<Heard> {
  const { acknowledged, missing, missingExamples, longestOutageMs } = await at.story(events);
  const problems =
    missing === undefined
      ? ["Whether a write is lost could not be checked."]
      : missing > 0
        ? [`${missing} acknowledged writes are lost: ${missingExamples.join("; ")}`]
        : [];
  if (acknowledged === 0) problems.push("No write was acknowledged, which proves nothing.");
  return { acknowledged, longestOutageMs, problems };
}
