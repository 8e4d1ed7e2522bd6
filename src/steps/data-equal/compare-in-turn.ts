/**
 * The comparison of every database: how many at once, what each takes over from
 * an earlier process, what it leaves held, and what is told meanwhile.
 */
import type { Progress } from "../../core/verdict.ts";
import type { StepContext } from "../../core/step.ts";
import {
  compareDatabases,
  type CompareOptions,
  type ComparisonProgress,
  inTurn,
  type Resumed,
} from "../../verification/index.ts";
import { provenOf } from "../copy-agrees/proven.ts";
import { roleNaming } from "../role-map.ts";
import { sidesOf } from "../database-sides.ts";
import type { World } from "../world.ts";
import { resumedText } from "./resumed.ts";
import { readBefore, rememberRead } from "./rows-read.ts";
import type { EqualSeen, EqualSettings } from "./settings.ts";
import { mayHold, type Turns, turnsOf } from "./turns.ts";

export function compareInTurn(
  world: World,
  settings: EqualSettings,
  context: StepContext,
): Promise<EqualSeen["comparisons"]> {
  const { signal, preview } = context;
  const names = world.databases.map(({ name }) => name);
  const turns = turnsOf(settings, names.length);
  const until = performance.now() + (settings.within ?? 0);
  const telling = new Telling(context);
  return inTurn(names, turns.atOnce, async (database) => {
    const options: Partial<CompareOptions> = {
      sessions: turns.sessions,
      roles: roleNaming(world),
      manifest: true,
      proven: provenOf(database, context),
      read: readBefore(database, context),
      onRead: preview ? undefined : (batch) => rememberRead(database, batch, context),
      withinMs: settings.within === undefined ? undefined : Math.max(0, until - performance.now()),
    };
    const result = await compareDatabases({
      ...sidesOf(world, database),
      signal,
      options,
      // A preview ends, and nothing would be compared in what it holds.
      ...(preview ? {} : { hold: (held) => world.held.hold(database, held) }),
      onProgress: (progress) => telling.tell(database, progress),
    });
    const left = names.length - 1 - names.indexOf(database);
    await limitHeld(world, database, { turns, most: settings.maxConnections, left });
    return { database, result };
  });
}

interface Limits {
  readonly turns: Turns;
  /** `maxConnections`. */
  readonly most: number | undefined;
  /** Databases that are not compared yet. */
  readonly left: number;
}

/** What is not held is told by the manifest later. */
async function limitHeld(
  { held }: World,
  database: string,
  { turns, most, left }: Limits,
): Promise<void> {
  if (!held.has(database)) return;
  const alreadyHeld = held.size - 1;
  if (!mayHold(turns, most, { alreadyHeld, left })) await held.letGo(database);
  else if (turns.held !== undefined) await held.keep(database, turns.held);
}

/** One line of all databases together. */
class Telling {
  readonly #context: Pick<StepContext, "report">;
  readonly #done = new Map<string, { done: number; total: number; phase: string }>();
  readonly #resumed = new Map<string, Resumed>();

  constructor(context: Pick<StepContext, "report">) {
    this.#context = context;
  }

  tell(database: string, { phase, bytesDone, bytesTotal, resumed }: ComparisonProgress): void {
    this.#done.set(database, { phase, done: bytesDone, total: bytesTotal });
    if (resumed !== undefined) this.#resumed.set(database, resumed);
    const known = resumedText([...this.#resumed.values()]);
    const reason = "comparing every row on both sides";
    const progress = progressOf(this.#done);
    this.#context.report(progress, known === undefined ? reason : `${reason}; ${known}`);
  }
}

function progressOf(
  done: ReadonlyMap<string, { done: number; total: number; phase: string }>,
): Progress {
  const all = [...done.values()];
  const total = all.reduce((sum, each) => sum + each.total, 0);
  const parts = [...done].map(([name, { phase }]) => ({ name, text: phase }));
  if (total === 0) return { parts };
  return {
    done: all.reduce((sum, each) => sum + each.done, 0),
    total,
    unit: "bytes",
    parts,
  };
}
