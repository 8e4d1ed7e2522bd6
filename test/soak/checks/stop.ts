/** What every end of a process owes: an exit code that agrees with its words, and a source that can be written to. */
import { setTimeout as wait } from "node:timers/promises";
import { codeOfEnding } from "../../../src/cli/exit-codes.ts";
import type { TimedEvent } from "../../../src/core/event.ts";
import type { Entry } from "../../../src/core/journal/entry.ts";
import type { Ended } from "../../support/program.ts";
import type { TestStage } from "../../support/set-stage.ts";
import { tryWriting } from "./writing.ts";

export interface Stopped {
  readonly words: readonly string[];
  readonly end: Ended & { readonly signal: NodeJS.Signals | null };
  readonly events: readonly TimedEvent[];
  /** As it is after the end. */
  readonly journal: readonly Entry[];
}

export async function checkStop(
  stopped: Stopped,
  at: TestStage,
  plan: string,
): Promise<readonly string[]> {
  const { words, end, journal } = stopped;
  const problems = end.signal === "SIGKILL" ? [] : codeProblems(stopped);
  const frozen = await isFrozen(at);
  const crossed = journal.some(({ type }) => type === "point-of-no-return");
  if (frozen && !crossed) {
    const said =
      end.signal === "SIGKILL" ? (await at.tool(["status"], plan)).out : `${end.out}${end.err}`;
    if (!said.includes("FROZEN")) {
      problems.push(
        `After \`${words.join(" ")}\` (${end.signal ?? end.code}) the source refuses writes, and nothing says so.`,
      );
    }
    if (!journal.some((entry) => entry.type === "action-began" && entry.step === "source-frozen")) {
      problems.push("The source refuses writes, and no freeze is journaled.");
    }
  }
  return problems;
}

export function codeProblems({ words, end, events }: Stopped): string[] {
  const said = `\`${words.join(" ")}\` ended with ${end.signal ?? end.code}`;
  if (end.signal !== null || end.code === null) return [`${said}, which is no end of its own.`];
  if (![0, 1, 2, 3, 4, 5, 130].includes(end.code)) return [`${said}: ${end.err.slice(-800)}`];
  const last = events.findLast((event) => event.type === "run-stopped");
  if (last?.type !== "run-stopped") {
    return end.code === 0 ? [`${said} and no event says how it ended.`] : [];
  }
  return codeOfEnding(last.ending) === end.code
    ? []
    : [`${said}, and its event says ${last.ending}.`];
}

/** By trying, as the application; a server that restarts is asked again. */
async function isFrozen(at: TestStage): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const tried = await tryWriting(at, "source");
    if (tried === "written") return false;
    if (tried === "refused") return true;
    await wait(100);
  }
  throw new Error("The source could not be asked for ten seconds.");
}
