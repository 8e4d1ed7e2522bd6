/** An error for the person reading it: what happened, what it means, what to do. */
import { PlanError } from "../../core/plan/problem.ts";
import type { Page } from "./page.ts";
import { count, wrap } from "./text.ts";

/** What an error, or the end of a run, says beyond its message. */
export interface Advice {
  readonly meaning?: string | undefined;
  readonly remedy?: string | undefined;
}

export function errorLines(error: Advice & { readonly message: string }, page: Page): string[] {
  if (error instanceof PlanError) return planErrorLines(error, page);
  const { paint, width } = page;
  const message = wrap(page.pasteable(error.message), width - 2, { rest: "  " });
  return [
    `${paint("red", paint.symbols.blocked)} ${message[0] ?? ""}`,
    ...message.slice(1),
    ...adviceLines(error, page),
  ];
}

/** What it means for the data, and what to do: also after a run. */
export function adviceLines(text: Advice, page: Page): string[] {
  const meaning =
    text.meaning === undefined ? [] : wrap(text.meaning, page.width, { first: "  ", rest: "  " });
  return [...meaning, ...whatToDo(text.remedy, page)];
}

/** A command stands on a line of its own, whole; prose is wrapped. */
export function whatToDo(remedy: string | undefined, page: Page): string[] {
  if (remedy === undefined) return [];
  const text = page.pasteable(remedy);
  const isProse = !text.includes("\n") && !/^(?:opensauced-migrate|[A-Z]{4,}) /.test(text);
  const lines = isProse
    ? wrap(text, page.width, { first: "    ", rest: "    " })
    : text.split("\n").map((line) => `    ${line}`);
  return [page.paint("bold", "  What to do:"), ...lines];
}

/** `path: message`, under the place that an editor can jump to. */
function planErrorLines(error: PlanError, page: Page): string[] {
  const { paint } = page;
  const problems = error.problems.flatMap((problem) => {
    const path = problem.path === "" ? "" : `${problem.path}: `;
    return [
      paint("bold", `${error.file}:${problem.line}:${problem.column}`),
      ...wrap(`${path}${problem.message}`, page.width, { first: "  ", rest: "    " }),
    ];
  });
  const head = `${paint("red", paint.symbols.blocked)} The plan has ${error.isCut ? "at least " : ""}${count(error.problems.length, "problem")}.`;
  return [...problems, "", head, ...adviceLines(error, page)];
}

export function bugLines(error: unknown, page: Page): string[] {
  const { paint, width } = page;
  const isError = error instanceof Error;
  const what = isError ? `${error.name}: ${error.message}` : String(error);
  const stack = isError
    ? (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line))
    : [];
  const say = (text: string) => wrap(text, width, { first: "  ", rest: "  " });
  return [
    `${paint("red", paint.symbols.blocked)} This is a bug of opensauced-migrate, not of your databases.`,
    ...say(withoutCredentials(what)),
    ...say(
      "What was done so far is in the journal. A run that was under way tried to make the source writable again, unless it had passed the point of no return: from there the source stays frozen. What it left is told by:",
    ),
    page.pasteable("    opensauced-migrate status"),
    ...(page.verbose
      ? stack
      : say("The stack is shown with -v; please report it with the command you gave.")),
  ];
}

/**
 * An error that nobody foresaw passed no provider's redaction: what looks like
 * the credentials of a connection is taken out.
 */
export function withoutCredentials(text: string): string {
  return text
    .replaceAll(/(\w:\/\/[^\s:/@]*):[^\s@/]*@/g, "$1:[secret]@")
    .replaceAll(
      /\b(password|passwd|pwd|token|secret)(["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s,;&}]+)/gi,
      "$1$2[secret]",
    );
}
