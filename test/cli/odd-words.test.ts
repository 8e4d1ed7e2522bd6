/**
 * Every command with words that it does not know, and every option that takes a
 * value with none and with odd ones: taken from the program's own declarations,
 * so that a new option is among them without being named here.
 */
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildProgram } from "../../src/cli/program.ts";
import { chanceOf, firstSeed } from "../support/chance.ts";
import { inTurns } from "../support/measured-program.ts";
import { program, type Ended } from "../support/program.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "odd-words-"));
  await writeFile(path.join(folder, "a-file"), "");
  await symlink("nowhere", path.join(folder, "dangling"));
  await symlink("loop", path.join(folder, "loop"));
});

afterAll(() => rm(folder, { recursive: true }));

const declared = buildProgram("0", () => async () => undefined);
const commands = declared.commands.filter((command) => command.name() !== "help");
const valued = commands.flatMap((command) =>
  command.options
    .filter((option) => option.required)
    .map((option) => [command.name(), option.long ?? ""] as const),
);
const shared = declared.options.filter((option) => option.required).map(({ long }) => long ?? "");

const odd = [
  "",
  " ",
  "\n",
  "\u001b[2J",
  "-1",
  "0",
  "NaN",
  "Infinity",
  "1e999",
  "0x10",
  "9".repeat(300),
  "x".repeat(100_000),
  'it\'s "odd"',
  "漢🍕",
  "../..",
  "a-file",
  "dangling",
  "loop",
  "/dev/full",
  "/proc/self/mem",
];

/** Neither a bug, nor anything done. */
function expectCalm(
  { code, err }: Ended,
  words: readonly string[],
  codes: readonly number[],
): void {
  const told = `${JSON.stringify(words).slice(0, 300)}\n${err.slice(0, 1000)}`;
  expect(codes, told).toContain(code);
  expect(err, told).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  expect(err, told).not.toContain("This is a bug");
  if (code !== 0) expect(err.trim().length, told).toBeGreaterThan(15);
}

describe("is wrong usage, and nothing is done", () => {
  const wrong = [
    ...commands.flatMap((command) => [
      [command.name(), "--no-such-option"],
      [command.name(), "one", "two"],
    ]),
    ...valued.map(([command, option]) => [command, option]),
    ...shared.map((option) => [option]),
  ];

  test("a word, an option or a value too many or too few", async () => {
    expect(wrong.length).toBeGreaterThan(20);
    const before = await readdir(folder);
    await inTurns(wrong, async (words) => {
      const ended = await program(words, { cwd: folder });
      expectCalm(ended, words, [2]);
      expect(ended.out).toBe("");
    });
    expect(await readdir(folder)).toEqual(before);
  }, 240_000);

  test("a value that is odd", async () => {
    const seed = firstSeed();
    const chance = chanceOf(seed);
    const some = valued.flatMap(([command, option]) =>
      [1, 2].map(() => [command, `${option}=${chance.one(odd)}`]),
    );
    const before = await readdir(folder);
    await inTurns(some, async (words) => {
      // Zero is odd, and yet a number that some options take; none of these ends well here.
      expectCalm(await program(words, { cwd: folder }), [`OSM_SEED=${seed}`, ...words], [2]);
    });
    expect(await readdir(folder)).toEqual(before);
  }, 240_000);
});

test("a plan or a state folder that is odd", async () => {
  const before = await readdir(folder);
  const cases = ["a-file", "loop", "/dev/full", "\u001b[2J\n"].flatMap((value) => [
    { words: [`--plan=${value}`, "plan"], codes: [2] },
    { words: [`--state=${value}`, "status"], codes: value.startsWith("\u001b") ? [0] : [2] },
  ]);
  await inTurns(cases, async ({ words, codes }) => {
    expectCalm(await program(words, { cwd: folder }), words, codes);
  });
  const stdin = await program(["plan", "--plan", "-"], { cwd: folder });
  expectCalm(stdin, ["--plan", "-"], [2]);
  expect(await readdir(folder)).toEqual(before);
}, 120_000);

test("a step or a gate that the plan does not have", async () => {
  const text = await readFile(
    path.resolve(import.meta.dirname, "../../migrations-plans/opensauced.plan.yaml"),
    "utf8",
  );
  const plan = path.join(folder, "opensauced.plan.yaml");
  await writeFile(plan, text);
  const before = await readdir(folder);
  const cases = ["--until", "--approve"].flatMap((option) =>
    ["", "\n\u001b[2J", "漢🍕", "x".repeat(100_000)].map((value) => [option, value]),
  );
  await inTurns(cases, async ([option = "", value = ""]) => {
    const words = ["--plan", plan, "run", `${option}=${value}`];
    const ended = await program(words, { cwd: folder });
    expectCalm(ended, words, [2]);
    // oxlint-disable-next-line no-control-regex -- what must not reach a terminal
    expect(ended.err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(ended.err.length).toBeLessThan(2000);
    expect(ended.err).toMatch(
      option === "--until" ? /Its steps are .*data-equal/ : /gates are freeze-approved/,
    );
  });
  const near = [
    ["--until", "data-equl", "did you mean data-equal?"],
    ["--approve", "freeze-aproved", "did you mean freeze-approved?"],
    ["--approve", "data-equal", "that step is no gate"],
  ];
  await inTurns(near, async ([option = "", value = "", said = ""]) => {
    const ended = await program(["--plan", plan, "run", option, value], { cwd: folder });
    expect(ended.code).toBe(2);
    expect(ended.err).toContain(said);
  });
  expect(await readdir(folder)).toEqual(before);
}, 240_000);
