/** The answer of `plan`: for each step what it saw, what it would do, and what is known only later. */
import type { Verdict } from "../../../core/verdict.ts";
import type { PreviewAnswer } from "../../../migration/api.ts";
import { progressLines } from "../active-lines.ts";
import { findingBriefs, findingLines } from "../finding-lines.ts";
import { whatToDo } from "../error-lines.ts";
import type { Page } from "../page.ts";
import type { Colour } from "../paint.ts";
import { count, showCount, spread, wrap } from "../text.ts";

type Step = PreviewAnswer["steps"][number];

const indent = "     ";
const mostActions = 12;

export function planLines(answer: PreviewAnswer, page: Page): string[] {
  const { paint, width } = page;
  if (answer.finished) return finishedLines(answer, page);
  const head = `Plan ${answer.plan}, ${count(answer.steps.length, "step")}. Only looked: nothing was changed.`;
  const digest = `digest ${answer.digest.slice(0, 12)}${answer.run === undefined ? "" : `, run ${answer.run} is open`}`;
  return [
    ...wrap(head, width),
    paint("dim", digest),
    "",
    ...answer.steps.flatMap((step, index) => stepLines(step, index + 1, page)),
    "",
    ...standingLines(answer, page),
    ...lastLines(answer, page),
  ];
}

/** Where a run stands open: can users write, and can it still be undone? */
function standingLines({ standing, run }: PreviewAnswer, page: Page): string[] {
  if (standing === undefined) return [];
  const text =
    standing === "frozen"
      ? `FROZEN, as far as the journal of run ${run} tells: the source takes no writes until \`run --resume\` or \`undo\`.`
      : `Run ${run} is past its point of no return: writes may be on the target, and it only goes forward.`;
  return wrap(text, page.width, { rest: "  " }).map((line) => page.paint("red", line));
}

function finishedLines({ plan, run }: PreviewAnswer, page: Page): string[] {
  const done = `Nothing is left to do: run ${run} carried plan ${plan} to its end. What it holds now is compared by:`;
  return [
    ...wrap(done, page.width),
    `    ${page.paint("bold", page.pasteable("opensauced-migrate verify"))}`,
  ];
}

function stepLines(step: Step, number: number, page: Page): string[] {
  const { paint, width } = page;
  const { symbol, colour, word } = heading(step, page);
  const left = `${String(number).padStart(2)} ${paint(colour, symbol)} ${paint("bold", step.id)}`;
  return [
    spread(left, paint("dim", word), width),
    ...(step.dependsOn === undefined ? now(step, page) : later(step, page)),
  ];
}

function heading(
  step: Step,
  { paint: { symbols } }: Page,
): { symbol: string; colour: Colour; word: string } {
  const { seen, dependsOn } = step;
  if (dependsOn !== undefined)
    return { symbol: symbols.later, colour: "dim", word: `only known after ${dependsOn}` };
  if ("unreadable" in seen)
    return { symbol: symbols.unknown, colour: "yellow", word: "could not check" };
  const { verdict } = seen;
  switch (verdict.is) {
    case "satisfied":
      return { symbol: symbols.satisfied, colour: "green", word: "satisfied" };
    case "unmet":
      return {
        symbol: symbols.unmet,
        colour: "yellow",
        word: count(verdict.actions.length, "action"),
      };
    case "waiting":
      return verdict.for === "approval"
        ? { symbol: symbols.gate, colour: "yellow", word: "gate" }
        : { symbol: symbols.waiting, colour: "yellow", word: "waiting" };
    case "blocked":
      return {
        symbol: symbols.blocked,
        colour: "red",
        word: count(verdict.findings.length, "finding"),
      };
  }
}

function now(step: Step, page: Page): string[] {
  const { seen } = step;
  if ("verdict" in seen) return verdictLines(seen.verdict, page);
  return [
    ...wrap(seen.unreadable.message, page.width, { first: indent, rest: `${indent}  ` }),
    ...whatToDo(seen.unreadable.remedy, page).map((line) => `   ${line}`),
  ];
}

function verdictLines(verdict: Verdict, page: Page): string[] {
  const say = (text: string) => wrap(text, page.width, { first: indent, rest: indent });
  switch (verdict.is) {
    case "satisfied":
      return [...say(verdict.because), ...findingLines(verdict.warnings ?? [], page, indent)];
    case "unmet":
      return [
        ...say(verdict.because),
        ...actionLines(verdict.actions, "would", page),
        ...findingLines(verdict.warnings ?? [], page, indent),
      ];
    case "waiting": {
      const progress =
        verdict.progress === undefined ? [] : progressLines(verdict.progress, page.width - 9);
      return [...say(verdict.reason), ...progress.map((line) => `${indent}    ${line}`)];
    }
    case "blocked":
      return findingLines(verdict.findings, page, indent);
  }
}

function actionLines(
  actions: Extract<Verdict, { is: "unmet" }>["actions"],
  word: string,
  page: Page,
): string[] {
  const shown = page.verbose ? actions : actions.slice(0, mostActions);
  const left = actions.length - shown.length;
  return [
    ...shown.flatMap((action) => {
      const crosses = action.crossesPointOfNoReturn === true ? " (POINT OF NO RETURN)" : "";
      const text = `${word}: ${action.summary} [${action.touches}]${crosses}`;
      return wrap(text, page.width, {
        first: `${indent}  `,
        rest: `${indent}      `,
      });
    }),
    ...(left > 0 ? [`${indent}  and ${showCount(left)} more (-v lists them)`] : []),
  ];
}

/** What the look gave now is shown for what it is worth: it may change with the steps before. */
function later(step: Step, page: Page): string[] {
  const say = (text: string) => wrap(text, page.width, { first: indent, rest: indent });
  return [...say(step.intends), ...asThingsStand(step.seen, page)];
}

function asThingsStand(seen: Step["seen"], page: Page): string[] {
  const say = (text: string) =>
    wrap(text, page.width, { first: `${indent}now: `, rest: `${indent}     ` });
  if ("unreadable" in seen) return say(`could not be read yet: ${seen.unreadable.message}`);
  const { verdict } = seen;
  switch (verdict.is) {
    case "satisfied":
      return say(verdict.because);
    case "unmet":
      return [
        ...say(verdict.because),
        ...(page.verbose ? actionLines(verdict.actions, "as of now", page) : []),
      ];
    case "waiting":
      return verdict.for === "approval" ? [] : say(verdict.reason);
    case "blocked":
      return findingBriefs(verdict.findings, page, indent);
  }
}

function lastLines(answer: PreviewAnswer, page: Page): string[] {
  const { paint } = page;
  const counts = tally(answer.steps);
  const command =
    answer.run === undefined ? "opensauced-migrate run" : "opensauced-migrate run --resume";
  const first = answer.steps.find((step) => step.seen !== undefined && !isSatisfied(step));
  if (first === undefined) return wrap(`${counts} Nothing is left to do.`, page.width);
  const { seen, id } = first;
  if ("unreadable" in seen)
    return next(
      `${counts} Step ${id} could not be checked; then look again:`,
      "opensauced-migrate plan",
    );
  if (seen.verdict.is === "blocked")
    return next(
      `${counts} Step ${id} must be put right; then look again:`,
      "opensauced-migrate plan",
    );
  return next(`${counts} Next:`, command);

  function next(text: string, nextCommand: string): string[] {
    return [...wrap(text, page.width), `    ${paint("bold", page.pasteable(nextCommand))}`];
  }
}

function isSatisfied({ seen }: Step): boolean {
  return "verdict" in seen && seen.verdict.is === "satisfied";
}

/** `4 satisfied, 1 to do, 8 only known later.` */
function tally(steps: readonly Step[]): string {
  const current = steps.filter((step) => step.dependsOn === undefined);
  const satisfied = current.filter(isSatisfied).length;
  const ofCurrent = (word: string, test: (step: Step) => boolean) => {
    const n = current.filter(test).length;
    return n === 0 ? [] : [`${n} ${word}`];
  };
  const parts = [
    `${satisfied} satisfied`,
    ...ofCurrent("to do", ({ seen }) => "verdict" in seen && seen.verdict.is === "unmet"),
    ...ofCurrent("waiting", ({ seen }) => "verdict" in seen && seen.verdict.is === "waiting"),
    ...ofCurrent("blocked", ({ seen }) => "verdict" in seen && seen.verdict.is === "blocked"),
    ...ofCurrent("could not be checked", ({ seen }) => "unreadable" in seen),
    ...(current.length === steps.length
      ? []
      : [`${steps.length - current.length} only known later`]),
  ];
  return `${parts.join(", ")}.`;
}
