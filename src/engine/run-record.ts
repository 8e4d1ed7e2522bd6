/**
 * A run while a process carries it: the journal with its checkpoint kept
 * folded, and the context that steps are given.
 */
import { fold, type Checkpoint } from "../core/journal/checkpoint.ts";
import type { EntryBody } from "../core/journal/entry.ts";
import type { ActionContext, StepContext } from "../core/step.ts";
import type { Ending, RunEvent } from "../core/event.ts";
import type { Stop } from "./ending.ts";
import type { EnginePorts } from "./ports.ts";

export class RunRecord {
  readonly ports: EnginePorts;
  #checkpoint: Checkpoint;

  constructor(ports: EnginePorts) {
    const { journal, clock, approve, emit } = ports;
    this.ports = { journal, clock, approve, emit: shielded(emit) };
    this.#checkpoint = folded(ports);
  }

  get checkpoint(): Checkpoint {
    return this.#checkpoint;
  }

  async append(body: EntryBody): Promise<void> {
    await this.ports.journal.append(body);
    this.#checkpoint = folded(this.ports);
  }

  /** The last event of a process's part in the run. */
  emitEnd(began: number, end: Omit<Stop, "ending"> & { readonly ending: Ending }): void {
    const { ports, checkpoint } = this;
    ports.emit({
      type: "run-stopped",
      run: checkpoint.run,
      ...end,
      pastPointOfNoReturn: checkpoint.pointOfNoReturn !== undefined,
      tookMs: ports.clock.elapsed() - began,
    });
  }

  /** `ended`: fires when nothing is to be remembered any more, at the latest. */
  context(step: string, signal: AbortSignal, ended: AbortSignal = signal): StepContext {
    const { checkpoint, ports } = this;
    return {
      run: checkpoint.run,
      step,
      notes: checkpoint.notes,
      approval: checkpoint.approvals.get(step),
      voided: checkpoint.voided.get(step),
      crossed: checkpoint.pointOfNoReturn !== undefined,
      stops: checkpoint.stops.filter((stop) => stop.step === step).map(({ notes }) => notes),
      preview: false,
      now: ports.clock.now(),
      signal,
      remember: async (name, value) => {
        if (signal.aborted || ended.aborted) return;
        await this.append({ type: "note", step, name, value });
      },
      report: (progress, reason) =>
        ports.emit({
          type: "progress",
          step,
          progress,
          ...(reason === undefined ? {} : { reason }),
        }),
    };
  }

  actionContext(step: string, signal: AbortSignal): ActionContext {
    return {
      ...this.context(step, signal),
      note: (name, value) => this.append({ type: "note", step, name, value }),
    };
  }
}

/** A listener that fails, on a closed pipe for one, must not end a migration. */
function shielded(emit: EnginePorts["emit"]): (event: RunEvent) => void {
  return (event) => {
    try {
      emit(event);
    } catch {
      // Nobody is left to tell: the listeners are how people are told.
    }
  };
}

function folded(ports: EnginePorts): Checkpoint {
  const checkpoint = fold(ports.journal.entries);
  if (checkpoint === undefined) throw new Error("The journal has no first entry.");
  return checkpoint;
}
