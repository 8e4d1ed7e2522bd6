/**
 * Says yes for a gate: because `--approve` named it, or because a person at a
 * terminal typed `yes`. Never by default, and never where nobody can be asked.
 */
import { createInterface, type Interface } from "node:readline/promises";
import { userInfo } from "node:os";
import type { Approver } from "../engine/index.ts";
import type { Page } from "./output/page.ts";
import { wrap } from "./output/text.ts";

export interface Person {
  /** Lines above the question. */
  readonly show: (lines: readonly string[]) => void;
  readonly page: () => Page;
  /** Shows nothing else while the question stands. */
  readonly aside: <T>(question: () => Promise<T>) => Promise<T>;
  /** Ctrl-C while the question stands. */
  readonly interrupt: () => void;
}

export function approver(approved: readonly string[], person: Person | undefined): Approver {
  return async (step, question, signal) => {
    if (approved.includes(step)) return { who: osUser(), how: "--approve" };
    if (person === undefined || signal.aborted) return undefined;
    return person.aside(() => ask(person, step, question, signal));
  };
}

async function ask(
  person: Person,
  step: string,
  question: string,
  signal: AbortSignal,
): Promise<{ who: string; how: string } | undefined> {
  const page = person.page();
  const { paint } = page;
  person.show([
    "",
    `${paint("yellow", paint.symbols.gate)} ${paint("bold", `Gate ${step}`)}`,
    ...wrap(question, page.width, { first: "  ", rest: "  " }),
    ...wrap(
      "A yes is recorded in the journal with your name. Anything else stops the run here; it can be resumed.",
      page.width,
      { first: "  ", rest: "  " },
    ),
  ]);
  const input = createInterface({ input: process.stdin, output: process.stdout });
  input.on("SIGINT", person.interrupt);
  try {
    const user = osUser();
    const who = await answer(input, `  Approved by [${user}]: `, signal);
    if (who === undefined) return undefined;
    const yes = await answer(input, "  Type yes to approve: ", signal);
    return yes?.trim().toLowerCase() === "yes"
      ? { who: who.trim() || user, how: "terminal" }
      : undefined;
  } finally {
    input.close();
  }
}

/** Undefined when the input ends (Ctrl-D) or the run is stopped. */
async function answer(
  input: Interface,
  prompt: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const closed = new AbortController();
  const close = () => closed.abort();
  input.once("close", close);
  try {
    return await input.question(prompt, { signal: AbortSignal.any([signal, closed.signal]) });
  } catch (error) {
    if (signal.aborted || closed.signal.aborted) return undefined;
    throw error;
  } finally {
    input.off("close", close);
  }
}

/** An account without a name, as containers have them, is told by its number. */
function osUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
