/**
 * Drives a run as a person would: starts it, repairs what is broken after a
 * stop, goes on or takes it back, until it is finished or withdrawn. Believes
 * the journal only for what to do next; what is wrong is found by checks.
 */
import type { TimedEvent } from "../../src/core/event.ts";
import type { Entry } from "../../src/core/journal/entry.ts";
import type { RunningTool } from "../support/running-tool.ts";
import type { TestStage } from "../support/set-stage.ts";
import { checkStop, type Stopped } from "./checks/stop.ts";
import { outputProblems } from "./checks/output.ts";
import { gate, type Scenario } from "./scenario.ts";
import type { Striking } from "./striking.ts";

export interface Driven {
  readonly ending: "finished" | "withdrawn" | "neither";
  readonly events: readonly TimedEvent[];
  /** One line a process: words, how it ended, its last message. */
  readonly processes: readonly string[];
  readonly output: string;
  readonly wrong: readonly string[];
}

/** More than any scenario needs: a run that takes so many comes to no end. */
const mostProcesses = 14;
/** What no process may take, deadlines and timeouts included. */
const processMs = 240_000;

export async function drive(
  scenario: Scenario,
  at: TestStage,
  plan: string,
  striking: Striking,
): Promise<Driven> {
  const driver = new Driver(scenario, at, plan, striking);
  const ending = await driver.drive();
  await striking.settled();
  const { events, processes, wrong } = driver;
  return { ending, events, processes, output: driver.output, wrong };
}

class Driver {
  readonly events: TimedEvent[] = [];
  readonly processes: string[] = [];
  readonly wrong: string[] = [];
  readonly scenario: Scenario;
  readonly at: TestStage;
  readonly plan: string;
  readonly striking: Striking;
  output = "";
  #stops = 0;
  /** In a row, with no fault on and nothing struck meanwhile. */
  #unexplained = 0;
  #atGate = false;
  #undone = false;

  constructor(scenario: Scenario, at: TestStage, plan: string, striking: Striking) {
    this.scenario = scenario;
    this.at = at;
    this.plan = plan;
    this.striking = striking;
  }

  async drive(): Promise<Driven["ending"]> {
    for (let count = 0; count < mostProcesses; count += 1) {
      const journal = await this.#journal();
      const state = stateOf(journal);
      if (state === "finished") return "finished";
      if (state === "withdrawn" && this.scenario.undo?.again !== true && this.#undone) {
        return "withdrawn";
      }
      await this.#carry(this.#words(state, journal));
    }
    this.wrong.push(`After ${mostProcesses} processes the run is neither finished nor withdrawn.`);
    return "neither";
  }

  /** No folder yet: no run. */
  async #journal(): Promise<readonly Entry[]> {
    return this.at.journal().catch(() => []);
  }

  #words(state: State, journal: readonly Entry[]): readonly string[] {
    const { until, undo } = this.scenario;
    if (state !== "open")
      return ["run", ...(until === undefined || this.#undone ? [] : ["--until", until])];
    const crossed = journal.some(({ type }) => type === "point-of-no-return");
    const wanted = undo !== undefined && this.#stops >= undo.atStop;
    // A run that nothing disturbs and that stops again: a person gives it up.
    const givenUp = this.#unexplained >= 2;
    if (givenUp) {
      this.wrong.push("It stops again and again although everything is repaired.");
    }
    if (!this.#undone && !crossed && (wanted || givenUp)) return ["undo"];
    return ["run", "--resume", ...(this.#atGate ? ["--approve", gate] : [])];
  }

  async #carry(words: readonly string[]): Promise<void> {
    const before = this.striking.struck.length;
    const tool = this.at.start(words, this.plan);
    this.striking.arm(tool);
    const end = await this.#endOf(tool, words);
    await this.striking.settled();
    const stopped: Stopped = { words, end, events: tool.events, journal: await this.#journal() };
    this.events.push(...tool.events);
    this.output += `$ ${words.join(" ")}\n${end.out}${end.err}\n`;
    this.processes.push(describe(stopped));
    this.wrong.push(
      ...outputProblems(end, this.at),
      ...(await checkStop(stopped, this.at, this.plan)),
    );
    this.#stops += 1;
    if (end.code === 4) this.#atGate = true;
    if (words[0] === "undo" && stateOf(stopped.journal) === "withdrawn") this.#undone = true;
    const disturbed = this.striking.struck.length > before || end.signal !== null;
    const repaired = [1, 3, 5].includes(end.code ?? 0) && (await this.striking.repair());
    const failed = [1, 2, 3, 5, 70].includes(end.code ?? 0);
    this.#unexplained = failed && !disturbed && !repaired ? this.#unexplained + 1 : 0;
    if (this.#unexplained > 0) this.processes.push("  (nothing disturbed it)");
  }

  async #endOf(tool: RunningTool, words: readonly string[]) {
    const late = setTimeout(() => {
      this.wrong.push(`\`${words.join(" ")}\` did not end within ${processMs / 1000} s.`);
      tool.kill("SIGKILL");
    }, processMs);
    const end = await tool.ended;
    clearTimeout(late);
    return end;
  }
}

type State = "none" | "open" | "finished" | "withdrawn";

export function stateOf(journal: readonly Entry[]): State {
  if (journal.length === 0) return "none";
  if (journal.some(({ type }) => type === "finished")) return "finished";
  return journal.some(({ type }) => type === "withdrawn") ? "withdrawn" : "open";
}

function describe({ words, end, events }: Stopped): string {
  const stopped = events.findLast((event) => event.type === "run-stopped");
  const said =
    stopped?.type === "run-stopped"
      ? `${stopped.ending}${stopped.step === undefined ? "" : ` in ${stopped.step}`}: ${stopped.message}`
      : (end.err.trim().split("\n").at(-1) ?? "");
  return `${words.join(" ")} -> ${end.signal ?? end.code} ${said}`;
}
