/**
 * `npm run soak`: random rehearsals, each checked from outside. `--seed S`
 * (printed; made up when absent), `--runs N`, `--from K` to go on later,
 * `--only K` for one of them alone, `--jobs J` at a time, `--say` for what
 * each process did. Ends with a summary and the same as one line of JSON;
 * exit code 1 when a run failed.
 */
import { randomBytes } from "node:crypto";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { runOne } from "./run-one.ts";
import { drawScenario } from "./scenario.ts";
import { summarise, summaryLines, type Carried } from "./summary.ts";
import { repeatCommand, tellScenario } from "./tell.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    runs: { type: "string", default: "10" },
    from: { type: "string", default: "1" },
    only: { type: "string" },
    jobs: { type: "string", default: "1" },
    say: { type: "boolean", default: false },
  },
});

function whole(name: "runs" | "from" | "only" | "jobs"): number {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`--${name} is a whole number from 1 on, not ${values[name]}.`);
}

const say = (...lines: readonly string[]): void =>
  void process.stdout.write(`${lines.join("\n")}\n`);
const seed = values.seed ?? randomBytes(4).toString("hex");
const numbers =
  values.only === undefined
    ? Array.from({ length: whole("runs") }, (_, index) => whole("from") + index)
    : [whole("only")];
const carried: Carried[] = [];
const over = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => over.abort(signal));
const began = performance.now();

async function work(): Promise<void> {
  for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
    const scenario = drawScenario(seed, number);
    const evidence = path.join(os.tmpdir(), `opensauced-migrate-soak-${seed}-${number}`);
    const finished = await runOne(seed, number, evidence, over.signal);
    if (over.signal.aborted) return;
    carried.push({ scenario, finished });
    const { problems, ending, processes, struck, tookMs } = finished;
    const seconds = Math.round(tookMs / 1000);
    const verdict = problems.length === 0 ? "passed" : "FAILED";
    say(
      `${verdict} ${number}: ${ending} after ${processes.length} processes, ${struck.length} strikes, ${seconds} s: ${tellScenario(scenario)}`,
    );
    if (problems.length > 0 || values.say) {
      say(...processes.map((line) => `    ${line}`), ...struck.map((line) => `    * ${line}`));
    }
    if (problems.length > 0) {
      say(
        ...problems.map((problem) => `  ! ${problem}`),
        `  repeat it: ${repeatCommand(scenario)}`,
        `  what it left: ${evidence}`,
      );
    }
  }
}

say(`seed ${seed}`);
await Promise.all(Array.from({ length: whole("jobs") }, work));
const summary = summarise(seed, carried, performance.now() - began);
say("", ...summaryLines(summary), JSON.stringify(summary));
process.exitCode = over.signal.aborted ? 130 : summary.failed.length > 0 ? 1 : 0;
