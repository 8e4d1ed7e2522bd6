/**
 * `rehearse`: a whole run of a real plan on this machine, and what the writing
 * client saw of it. The client is the witness: the run's own word does not
 * count for its downtime or for lost writes.
 */
import { existsSync } from "node:fs";
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
  try {
    const answer = await run(
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
    else {
      await stage.stop();
      await tidy(folder, leftBehind(stage, stateFolder));
    }
  }
}

/** What outlives a rehearsal that is not told to keep it all: the run, and a plan made for it. */
function leftBehind(stage: Stage, stateFolder: string): readonly string[] {
  return existsSync(stateFolder) ? [stateFolder, path.dirname(stage.planFile)] : [];
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
  const snapshot = path.join(path.dirname(answer.journal), "snapshot");
  return {
    run: answer,
    rowsCompared: numberOf(facts?.["rows"]),
    tablesCompared: numberOf(facts?.["tables"]),
    client: story.client,
    repointedThrough: stage.through,
    places: [
      { label: "journal", where: answer.journal },
      ...(existsSync(snapshot) ? [{ label: "dump", where: snapshot }] : []),
      ...(answer.ending === "finished" ? [] : [{ label: "plan", where: stage.planFile }]),
      ...(options.keep
        ? [
            ...stage.cloud.facts.places,
            ...stage.reach(),
            ...stayingOn(options.faults),
            goOn(stage, answer),
          ]
        : options.stateFolder === undefined
          ? [{ label: "folder", where: `${folder} (nothing else is left; --keep leaves it all)` }]
          : []),
    ],
    tookMs: performance.now() - began,
    sound: answer.ending === "finished" && story.client.missing === 0,
  };
}

/** A fault that does not end by itself meets a resume too. */
function stayingOn(faults: readonly string[]): RehearsalAnswer["places"] {
  const on = knownFaults()
    .filter(({ name, times }) => faults.includes(name) && times === undefined)
    .map(({ name }) => name);
  if (on.length === 0) return [];
  const where = `${on.join(", ")}: every further try meets it, too; without it: rehearse again`;
  return [{ label: "fault that stays on", where }];
}

/** In a shell that has the rehearsal's environment. */
function goOn(stage: Stage, { journal, report }: RunAnswer): RehearsalAnswer["places"][number] {
  const stateFolder = path.dirname(path.dirname(journal));
  const command = report.next.replace(
    "opensauced-migrate",
    () => `opensauced-migrate --plan ${stage.planFile} --state ${stateFolder}`,
  );
  return { label: "go on with it", where: `${command}   (after reading its environment)` };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

async function leaveUp(stage: Stage): Promise<void> {
  await stage.stay();
}

/** The servers' files go, hundreds of megabytes of them; what the summary names stays. */
async function tidy(folder: string, kept: readonly string[]): Promise<void> {
  for (const name of await readdir(folder)) {
    const place = path.join(folder, name);
    if (!kept.includes(place)) await rm(place, { recursive: true, force: true });
  }
  if ((await readdir(folder)).length === 0) await rm(folder, { recursive: true });
}
