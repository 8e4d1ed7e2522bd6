/** What the writing client's record proves about a run. */
import type { Endpoint } from "../../core/endpoint.ts";
import type { TimedEvent } from "../../core/event.ts";
import { MigrationError } from "../../core/errors.ts";
import { Secret } from "../../core/secret.ts";
import type { RehearsalAnswer } from "../../migration/api.ts";
import { findMissing, hear, readRecord, splitByPhase, type Phase } from "../client/index.ts";
import type { Stage } from "./stage.ts";

export interface ClientStory {
  readonly client: RehearsalAnswer["client"];
}

/** Gaps shorter than this are the pace of writing, in milliseconds. */
const outageMs = 100;

/** Stops the client first: its record is complete then, and nothing is under way. */
export async function hearClient(
  stage: Stage,
  events: readonly TimedEvent[],
): Promise<ClientStory> {
  await stage.client.stop();
  const testimony = await hear(readRecord(stage.client.recordFile), outageMs);
  const { longest } = testimony;
  const compared = await compare(stage, testimony);
  return {
    client: {
      acknowledged: testimony.acknowledged,
      missing: compared?.lost,
      missingExamples: compared?.examples ?? [],
      longestOutageMs: longest?.ms ?? 0,
      outageByStep:
        longest === undefined
          ? []
          : splitByPhase(longest, phasesOf(events)).map(({ name, ms }) => ({ step: name, ms })),
      errors: testimony.errors.map(({ error, count }) => ({ error, count })),
    },
  };
}

function phasesOf(events: readonly TimedEvent[]): Phase[] {
  return events.flatMap((event) => {
    const startMs = new Date(event.at).getTime();
    if (event.type === "step-entered") return [{ name: event.step, startMs }];
    if (event.type === "undoing") return [{ name: `undo of ${event.step}`, startMs }];
    return [];
  });
}

/** Undefined: the database could not be read, which is no proof of anything. */
async function compare(stage: Stage, testimony: Awaited<ReturnType<typeof hear>>) {
  try {
    return await findMissing(
      lastDatabase(stage, testimony),
      testimony,
      AbortSignal.timeout(60_000),
    );
  } catch (error) {
    if (error instanceof MigrationError) return undefined;
    throw error;
  }
}

/** The server that took the last write is the one that must have them all. */
function lastDatabase(stage: Stage, testimony: Awaited<ReturnType<typeof hear>>): Endpoint {
  const { facts } = stage.cloud;
  const last = testimony.servers.toSorted((a, b) => a.lastMs - b.lastMs).at(-1);
  const onTarget = last?.server.endsWith(`:${facts.target.port}`) === true;
  const { database, role } = stage.written;
  return {
    host: "localhost",
    port: onTarget ? facts.target.port : facts.source.port,
    database,
    user: role,
    password: new Secret(facts.environment[`REHEARSAL_${role.toUpperCase()}_PASSWORD`] ?? ""),
    tls: { mode: "verify-full", ca: facts.environment["REHEARSAL_CA"] ?? "" },
  };
}
