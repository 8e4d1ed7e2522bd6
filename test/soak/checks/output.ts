/** What a person would be shown: no stack, no object, no endless line, no secret. */
import type { Ended } from "../../support/program.ts";
import { secretsIn, secretsOf } from "../../support/secret-watch.ts";
import type { TestStage } from "../../support/set-stage.ts";

/** Characters. Events carry a whole finding or verdict. */
const longestLine = 4000;
const longestEvent = 60_000;

const unfit: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a stack trace", /^\s+at .*\(?(?:file:|node:|\/)\S+:\d+:\d+\)?$/m],
  ["[object Object]", /\[object \w+\]/],
  ["a value that is none", /\b(?:NaN|undefined)\b/],
  ["a warning of Node's", /^\(node:\d+\)/m],
];

export function outputProblems(
  { out, err }: Pick<Ended, "out" | "err">,
  at: TestStage,
): readonly string[] {
  const secrets = secretsOf(at.stage.environment);
  return [
    ...unfitIn(`${err}\n${out}`),
    ...err
      .split("\n")
      .filter((line) => line.length > longestLine)
      .map((line) => `A line has ${line.length} characters: ${line.slice(0, 200)}`),
    ...out
      .split("\n")
      .filter((line) => line.length > longestEvent)
      .map((line) => `An event has ${line.length} characters: ${line.slice(0, 200)}`),
    ...secretsIn(`${out}${err}`, secrets).map((name) => `The output holds the secret ${name}.`),
  ];
}

export function unfitIn(text: string): readonly string[] {
  return unfit.flatMap(([what, pattern]) => {
    const found = pattern.exec(text);
    return found === null ? [] : [`The output holds ${what}: ${around(text, found.index)}`];
  });
}

const around = (text: string, index: number): string =>
  text.slice(Math.max(0, index - 100), index + 200);
