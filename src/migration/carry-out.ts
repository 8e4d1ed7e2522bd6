/** `run`, `run --resume` and `undo`: opens or creates the run and hands it to the engine. */
import os from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { clock, composeWorld, loadPlan, openJournalStore, type Surroundings } from "../compose.ts";
import { UsageError } from "../core/errors.ts";
import type { RunEvent } from "../core/event.ts";
import { journalFormat, type KnownPlace } from "../core/journal/entry.ts";
import { fold, type Checkpoint } from "../core/journal/checkpoint.ts";
import type { Journal, JournalStore } from "../core/journal/journal.ts";
import type { Plan } from "../core/plan/plan.ts";
import { carry, withdraw, type Approver, type EnginePorts, type Outcome } from "../engine/index.ts";
import type { World } from "../steps/world.ts";
import type { Invocation, RunAnswer, RunOptions } from "./api.ts";
import {
  finishedRunOf,
  openRunOf,
  refuseChangedPlan,
  refuseFinishedRun,
  refuseNoRun,
  refuseUsedRun,
  runsOf,
  undoableRunOf,
} from "./find-run.ts";
import {
  changedSource,
  changedTarget,
  readIdentities,
  readSource,
  readTarget,
} from "./identities.ts";
import { refuseNoGate, refuseUnknownStep } from "./named-steps.ts";
import { reportOf } from "./report.ts";
import { runName } from "./run-name.ts";
import { tellingFreeze } from "./standing-freeze.ts";
import { toolVersion } from "./version.ts";

/** Changed by nobody but `undo`: no gate is asked. */
const noApproval: Approver = () => Promise.resolve(undefined);

export async function run(
  invocation: Invocation,
  options: RunOptions,
  surroundings?: Surroundings,
): Promise<RunAnswer> {
  const loaded = await loadPlan(invocation.planFile);
  const { plan } = loaded;
  refuseUnknownStep(plan, options.until, "--until");
  for (const id of options.approved) refuseNoGate(plan, id);
  const store = openJournalStore(invocation.stateFolder);
  const known = await openRunOf(store, plan.name);
  if (known === undefined) {
    const finished = await finishedRunOf(store, plan);
    if (finished !== undefined) return nothingToDo(finished, invocation, plan);
    if (options.resume) refuseNoRun(plan.name, "resume");
  } else {
    if (!options.resume) await refuseWithoutResume(store, known, plan);
    await tellingFreeze(known, plan, () => refuseChangedPlan(known, plan));
  }
  const name = known?.run ?? runName(new Date(), Math.random);
  const folder = path.join(invocation.stateFolder, name);
  const composed = await tellingFreeze(known, plan, () =>
    composeWorld(loaded, folder, surroundings, { known: known?.sourcePlace }),
  );
  try {
    const journal =
      known === undefined
        ? await begin(store, name, plan, composed.world, options.signal)
        : await goOn(store, known, plan, composed.world, options.signal);
    try {
      const ports = portsFor(journal, options);
      announce(ports, plan, journal, { resumed: known !== undefined, undo: false });
      const outcome = await carry(ports, {
        steps: composed.steps,
        signal: options.signal,
        until: options.until,
        confirmTarget: known && confirming(known, composed.world),
      });
      return answer(outcome, journal, plan);
    } finally {
      await journal.close();
    }
  } finally {
    await composed.close();
  }
}

export async function undo(
  invocation: Invocation,
  options: Pick<RunOptions, "listener" | "signal">,
  surroundings?: Surroundings,
): Promise<RunAnswer> {
  const loaded = await loadPlan(invocation.planFile);
  const { plan } = loaded;
  const store = openJournalStore(invocation.stateFolder);
  const known = await undoableRunOf(store, plan.name);
  if (known === undefined) {
    const [latest] = await runsOf(store, plan.name);
    if (latest?.end === "finished") refuseFinishedRun(latest);
    refuseNoRun(plan.name, "undo");
  }
  await tellingFreeze(known, plan, () => refuseChangedPlan(known, plan));
  const folder = path.join(invocation.stateFolder, known.run);
  const composed = await tellingFreeze(known, plan, () =>
    composeWorld(loaded, folder, surroundings, { known: known.sourcePlace }),
  );
  try {
    const journal = await goOn(store, known, plan, composed.world, options.signal);
    try {
      const ports = portsFor(journal, { ...options, approve: noApproval });
      announce(ports, plan, journal, { resumed: true, undo: true });
      const outcome = await withdraw(ports, {
        steps: composed.steps,
        signal: options.signal,
        confirmTarget: confirming(known, composed.world),
      });
      return answer(outcome, journal, plan);
    } finally {
      await journal.close();
    }
  } finally {
    await composed.close();
  }
}

async function begin(
  store: JournalStore,
  run: string,
  plan: Plan,
  world: World,
  signal: AbortSignal,
): Promise<Journal> {
  const identities = await readIdentities(world, signal);
  const journal = await store.create(run);
  const { name, digest, document } = plan;
  await journal.append({
    type: "opened",
    format: journalFormat,
    tool: toolVersion,
    run,
    plan: { name, digest, document },
    identities,
    sourcePlace: await placeOf(world, signal),
  });
  return journal;
}

async function goOn(
  store: ReturnType<typeof openJournalStore>,
  known: Checkpoint,
  plan: Plan,
  world: World,
  signal: AbortSignal,
): Promise<Journal> {
  // The lock comes first: two processes must not both look and both go on.
  const journal = await store.open(known.run).catch(async (error: unknown) => {
    // The process that carries the run sees to the thaw itself.
    if ((await store.holder(known.run)) !== undefined) throw error;
    return tellingFreeze(known, plan, () => Promise.reject(error as Error));
  });
  try {
    await tellingFreeze(known, plan, async () => {
      const changes = changedSource(known.identities, await readSource(world, signal));
      if (changes.length > 0) throw otherServers(known, changes);
      const place = await placeOf(world, signal);
      const moved = !isDeepStrictEqual(place, known.sourcePlace);
      await journal.append({
        type: "resumed",
        tool: toolVersion,
        host: os.hostname(),
        pid: process.pid,
        ...(moved ? { sourcePlace: place } : {}),
      });
    });
    return journal;
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/** Who carries the run sees to its freeze; of a run that nobody carries, the person must hear of it. */
async function refuseWithoutResume(
  store: ReturnType<typeof openJournalStore>,
  known: Checkpoint,
  plan: Plan,
): Promise<void> {
  const holder = await store.holder(known.run);
  if (holder !== undefined) refuseUsedRun(known, holder);
  await tellingFreeze(known, plan, () => refuseUsedRun(known));
}

async function placeOf(world: World, signal: AbortSignal): Promise<KnownPlace> {
  const { source } = world;
  const { host, port, tls } = await source.endpoint(source.maintenanceDatabase, signal);
  return { host, port, ...(tls.ca === undefined ? {} : { ca: tls.ca }) };
}

/** The source was asked before: a run is never even thawed on another server. */
function confirming(known: Checkpoint, world: World): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    const changes = changedTarget(known.identities, await readTarget(world, signal));
    if (changes.length > 0) throw otherServers(known, changes);
  };
}

function otherServers(known: Checkpoint, changes: readonly string[]): UsageError {
  return new UsageError({
    message: `Run ${known.run} was begun with other servers: ${changes.join("; ")}.`,
    meaning: "What this run knows is not true of these servers, so it does nothing on them.",
    remedy:
      "Point the plan's ends at the servers that the run began with, or begin a new run with another --state folder.",
  });
}

function portsFor(
  journal: Journal,
  options: Pick<RunOptions, "listener" | "approve">,
): EnginePorts {
  const emit = (event: RunEvent) => options.listener({ ...event, at: new Date().toISOString() });
  return { journal, clock, approve: options.approve, emit };
}

function announce(
  ports: EnginePorts,
  plan: Plan,
  journal: Journal,
  how: { readonly resumed: boolean; readonly undo: boolean },
): void {
  ports.emit({
    type: "run-started",
    run: journal.run,
    plan: plan.name,
    ...how,
    steps: plan.steps.map(({ id, kind }) => ({ id, kind })),
    journal: journal.place,
  });
}

function answer(outcome: Outcome, journal: Journal, plan: Plan): RunAnswer {
  return {
    run: journal.run,
    ending: outcome.ending,
    stop: outcome.stop,
    journal: journal.place,
    nothingToDo: false,
    report: reportOf(journal.entries, journal.place, plan),
  };
}

async function nothingToDo(
  finished: Checkpoint,
  invocation: Invocation,
  plan: Plan,
): Promise<RunAnswer> {
  const store = openJournalStore(invocation.stateFolder);
  const runs = await store.list();
  const entries = runs.find(({ run: name }) => name === finished.run)?.entries ?? [];
  const journal = path.join(invocation.stateFolder, finished.run, "journal.jsonl");
  return {
    run: finished.run,
    ending: "finished",
    stop: undefined,
    journal,
    nothingToDo: true,
    report: reportOf(entries, journal, plan),
  };
}

/** The checkpoint of a journal that is known to have begun. */
export function checkpointOf(entries: Journal["entries"]): Checkpoint {
  const checkpoint = fold(entries);
  if (checkpoint === undefined) throw new Error("The journal has no first entry.");
  return checkpoint;
}
