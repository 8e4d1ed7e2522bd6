/** The freeze on a real source, step by step as the engine takes it, without an engine. */
import type { Json } from "../../src/core/json.ts";
import type { Note, StepContext } from "../../src/core/step.ts";
import type { Action, Verdict } from "../../src/core/verdict.ts";
import { sourceFrozen } from "../../src/steps/source-frozen/index.ts";
import { noteOfWrites, readWrites, writesBefore } from "../../src/steps/source-frozen/witness.ts";
import type { World } from "../../src/steps/world.ts";
import { contextOf } from "./preflight.ts";

const mostActions = 8;

export class Freezing {
  /** As the journal would hold them. */
  readonly notes: Note[] = [];
  readonly applied: string[] = [];
  readonly #world: World;
  readonly #settings: { refuseLogins: boolean };

  constructor(world: World, { refuseLogins = true }: { readonly refuseLogins?: boolean } = {}) {
    this.#world = world;
    this.#settings = { refuseLogins };
  }

  async look(over: Partial<StepContext> = {}): Promise<Verdict> {
    const context = this.#context(over);
    const seen = await sourceFrozen.observe(this.#world, this.#settings, context);
    return sourceFrozen.decide(seen, this.#settings, context);
  }

  async lookUndo(): Promise<Verdict> {
    const { undo } = sourceFrozen;
    if (undo === undefined) throw new Error("A freeze is undone.");
    const context = this.#context();
    return undo.decide(
      await undo.observe(this.#world, this.#settings, context),
      this.#settings,
      context,
    );
  }

  async apply(action: Action): Promise<void> {
    this.applied.push(action.id);
    await sourceFrozen.apply(action, this.#world, this.#settings, {
      ...this.#context(),
      note: (name, value) => this.note(name, value),
    });
  }

  note(name: string, value: Json): Promise<void> {
    this.notes.push({ step: "source-frozen", name, value, at: new Date().toISOString() });
    return Promise.resolve();
  }

  /** Looks and acts until the verdict is none of actions. */
  freeze(): Promise<Verdict> {
    return this.#pursue(() => this.look());
  }

  thaw(): Promise<Verdict> {
    return this.#pursue(() => this.lookUndo());
  }

  /** As `data-equal` does before it compares. */
  async countWrites(): Promise<void> {
    for (const { name } of this.#world.databases) {
      const writes = await this.#world.source.use(
        name,
        { signal: AbortSignal.timeout(30_000) },
        readWrites,
      );
      await this.note(writesBefore(name), noteOfWrites(writes));
    }
  }

  async #pursue(look: () => Promise<Verdict>): Promise<Verdict> {
    for (let left = mostActions; left > 0; left--) {
      const verdict = await look();
      if (verdict.is !== "unmet") return verdict;
      await this.apply(verdict.actions[0]);
    }
    throw new Error(`It did not come to rest: ${this.applied.join(", ")}`);
  }

  #context(over: Partial<StepContext> = {}): StepContext {
    return contextOf({ step: "source-frozen", notes: this.notes, ...over });
  }
}
