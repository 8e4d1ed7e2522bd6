/**
 * `rehearse`: a whole run of a real plan on this machine, and what the writing
 * client saw of it. The client is the witness: the run's own word does not
 * count for its downtime or for lost writes.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { ownSurroundings } from "../compose.ts";
import { UsageError } from "../core/errors.ts";
import type { TimedEvent } from "../core/event.ts";
import { run } from "../migration/index.ts";
import type { RehearsalAnswer, RehearseOptions, RunAnswer } from "../migration/api.ts";
import { refuseUnusableDump } from "./beforehand.ts";
import { findFault, knownFaults } from "./faults.ts";
import { setStage, type Stage } from "./stage/stage.ts";
import { hearClient, type ClientStory } from "./stage/testimony.ts";

export async function rehearse(options: RehearseOptions): Promise<RehearsalAnswer> {
  for (const fault of options.faults) refuseUnknownFault(fault);
  if (options.database !== undefined) await refuseUnusableDump(options.database);
  const began = performance.now();
  const folder = await mkdtemp(path.join(os.tmpdir(), "opensauced-migrate-rehearsal-"));
  const events: TimedEvent[] = [];
  const stage = await setStage({
    folder,
    rows: options.rows,
    dump: options.database === undefined ? undefined : path.resolve(options.database),
    writes: options.writes,
    faults: options.faults,
    surroundings: ownSurroundings,
    say: options.say,
    signal: options.signal,
  }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const stateFolder = options.stateFolder ?? path.join(folder, "state");
  let answer: RunAnswer | undefined;
  try {
    answer = await run(
      { planFile: stage.planFile, stateFolder },
      {
        resume: false,
        until: undefined,
        approved: [],
        // Nobody sits at a rehearsal's gate.
        approve: () => Promise.resolve({ who: os.userInfo().username, how: "rehearsal" }),
        listener: (event) => {
          events.push(event);
          options.listener(event);
        },
        signal: options.signal,
      },
      stage.surroundings,
    );
    await settle(stage, answer);
    const story = await hearClient(stage, events);
    return await conclude(options, stage, { folder, answer, story, events, began });
  } finally {
    if (options.keep) await leaveUp(stage);
    else await stage.stop();
    const useful =
      options.keep || answer?.ending !== "finished" || options.stateFolder !== undefined;
    if (!useful) await tidy(folder);
  }
}

/** The client goes on a little on the database that it has in the end: the outage must have an end. */
async function settle(stage: Stage, answer: RunAnswer): Promise<void> {
  const until = performance.now() + 5000;
  if (answer.ending === "interrupted") return;
  while (performance.now() < until && !(await stage.isWriting())) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function refuseUnknownFault(fault: string): void {
  if (findFault(fault) !== undefined) return;
  throw new UsageError({
    message: `There is no fault "${fault}".`,
    meaning: "Nothing was started.",
    remedy: `opensauced-migrate rehearse --fault list   (known: ${knownFaults()
      .map(({ name }) => name)
      .slice(0, 6)
      .join(", ")}, ...)`,
  });
}

interface Ended {
  readonly folder: string;
  readonly answer: RunAnswer;
  readonly story: ClientStory;
  readonly events: readonly TimedEvent[];
  readonly began: number;
}

async function conclude(
  options: RehearseOptions,
  stage: Stage,
  { folder, answer, story, events, began }: Ended,
): Promise<RehearsalAnswer> {
  const compared = events.findLast(
    (event) => event.type === "step-satisfied" && event.facts?.["rows"] !== undefined,
  );
  const facts = compared?.type === "step-satisfied" ? compared.facts : undefined;
  const kept = options.keep || answer.ending !== "finished" || options.stateFolder !== undefined;
  const snapshot = path.join(path.dirname(answer.journal), "snapshot");
  return {
    run: answer,
    rowsCompared: numberOf(facts?.["rows"]),
    tablesCompared: numberOf(facts?.["tables"]),
    client: story.client,
    repointedThrough: stage.through,
    places: [
      { label: "journal", where: answer.journal },
      { label: "dump", where: snapshot },
      ...(kept
        ? stage.cloud.facts.places
        : [{ label: "folder", where: `${folder} (only the journal and the dump are left)` }]),
      ...(options.keep ? stage.reach() : []),
    ],
    tookMs: performance.now() - began,
    sound: answer.ending === "finished" && story.client.missing === 0,
  };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

async function leaveUp(stage: Stage): Promise<void> {
  await stage.stay();
}

/** The servers' files go; the journal and the dump, which the summary names, stay. */
async function tidy(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name !== "state") await rm(path.join(folder, name), { recursive: true, force: true });
  }
}
