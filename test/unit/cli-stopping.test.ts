import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { blankPicture } from "../../src/cli/output/run-picture.ts";
import { runStopWords } from "../../src/cli/stop-words.ts";
import { sameWishMs, wishes } from "../../src/cli/stopping.ts";
import { terminalFacts } from "../../src/cli/terminal-facts.ts";

function stage() {
  const told: string[] = [];
  let now = 0;
  const wish = wishes(
    {
      words: () => ({ first: "first", second: "second", third: "third" }),
      say: (line) => told.push(line),
      now: () => now,
      exit: (code) => told.push(`exit ${code}`),
    },
    () => told.push("abort"),
  );
  return {
    told,
    at: (moment: number, signal: string) => {
      now = moment;
      wish(signal);
    },
  };
}

describe("wishes to stop", () => {
  test("the first aborts, the second only talks, the third ends at once with 130", () => {
    const { told, at } = stage();
    at(0, "SIGINT");
    expect(told).toEqual(["first", "abort"]);
    at(1000, "SIGINT");
    expect(told).toEqual(["first", "abort", "second"]);
    at(2000, "SIGINT");
    expect(told.slice(3)).toEqual(["third", "exit 130"]);
  });

  test("one press that arrives twice, as through npm, is one wish", () => {
    const { told, at } = stage();
    at(0, "SIGINT");
    at(sameWishMs - 1, "SIGINT");
    expect(told).toEqual(["first", "abort"]);
  });

  test("a shutdown that sends SIGTERM and SIGHUP again and again never ends the undoing", () => {
    const { told, at } = stage();
    at(0, "SIGHUP");
    for (let moment = 1000; moment < 9000; moment += 1000) at(moment, "SIGTERM");
    expect(told).toEqual(["first", "abort"]);
  });
});

test("a signal that comes when all is said does not change how the program ended", async () => {
  const stopping = path.resolve("src/cli/stopping.ts");
  const program = `
    const { listenForStops } = await import(${JSON.stringify(stopping)});
    const words = () => ({ first: "1", second: "2", third: "3" });
    const now = () => performance.now();
    listenForStops({ words, now, say: console.log, exit: process.exit }).release();
    process.stdin.once("data", () => process.exit(0));
    console.log("released");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  child.kill("SIGINT");
  child.kill("SIGTERM");
  child.stdin.write("end");
  expect(await ended).toEqual([0, null]);
});

test("before the point of no return the source is promised back; after it, never", () => {
  const before = runStopWords(blankPicture);
  expect(before.first).toContain("made writable again");
  expect(before.third).toContain("MAY BE FROZEN");
  const after = runStopWords({ ...blankPicture, pastPointOfNoReturn: true });
  expect(after.first).toContain("stays frozen");
  expect(Object.values(after).join(" ")).not.toContain("undo");
});

describe("terminal facts", () => {
  const terminal = { stdin: true, stdout: true, stderr: true };
  const pipe = { stdin: false, stdout: false, stderr: false };

  test.each([
    ["a terminal", {}, terminal, undefined, true],
    ["a pipe", {}, pipe, undefined, false],
    ["NO_COLOR", { NO_COLOR: "1" }, terminal, undefined, false],
    ["an empty NO_COLOR says nothing", { NO_COLOR: "" }, terminal, undefined, true],
    ["NO_COLOR beats FORCE_COLOR", { NO_COLOR: "1", FORCE_COLOR: "1" }, terminal, undefined, false],
    ["--color beats NO_COLOR", { NO_COLOR: "1" }, pipe, true, true],
    ["--no-color beats FORCE_COLOR", { FORCE_COLOR: "1" }, terminal, false, false],
    ["FORCE_COLOR on a pipe", { FORCE_COLOR: "1" }, pipe, undefined, true],
    ["FORCE_COLOR=0", { FORCE_COLOR: "0" }, terminal, undefined, false],
    ["a dumb terminal", { TERM: "dumb" }, terminal, undefined, false],
  ])("colour: %s", (_, variables, streams, flag, colour) => {
    expect(terminalFacts(variables, streams, flag).colour).toBe(colour);
  });

  test("a live list needs a terminal that is neither dumb nor CI's", () => {
    expect(terminalFacts({}, terminal, undefined).live).toBe(true);
    expect(terminalFacts({ CI: "true" }, terminal, undefined).live).toBe(false);
    expect(terminalFacts({ TERM: "dumb" }, terminal, undefined).live).toBe(false);
    expect(terminalFacts({}, { ...terminal, stdout: false }, undefined).live).toBe(false);
  });

  test("nobody is asked when one of the two streams is no terminal", () => {
    expect(terminalFacts({}, { ...terminal, stdin: false }, undefined).canAsk).toBe(false);
    expect(terminalFacts({}, { ...terminal, stdout: false }, undefined).canAsk).toBe(false);
  });
});
