/**
 * Plans that no person wrote, through the built program: refused in a sentence
 * with a place, in little memory, and without a trace on disk.
 */
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chanceOf, firstSeed } from "../support/chance.ts";
import { inTurns, measuredProgram, type Measured } from "../support/measured-program.ts";
import { mutatedPlan } from "../support/plan-mutator.ts";

const mostMb = 200;
const real = readFileSync(
  path.resolve(import.meta.dirname, "../../migrations-plans/opensauced.plan.yaml"),
  "utf8",
);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "hostile-"));
});

afterAll(() => rm(folder, { recursive: true }));

async function planned(content: string | Buffer): Promise<Measured> {
  const inside = await mkdtemp(path.join(folder, "case-"));
  await writeFile(path.join(inside, "a.plan.yaml"), content);
  // Without a variable of it: a plan that is valid is refused for these.
  const ended = await measuredProgram(["run", "--plan", "a.plan.yaml"], { cwd: inside });
  expect(await readdir(inside)).toEqual(["a.plan.yaml"]);
  return ended;
}

function expectRefusal({ code, out, err, peakMb }: Measured): void {
  expect(err).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  expect(err).toMatch(/^\S*a\.plan\.yaml:\d+:\d+$/m);
  expect(err).toContain("Nothing was looked at or changed.");
  // oxlint-disable-next-line no-control-regex -- nothing of a plan moves the cursor
  expect(err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(err.split("\n").length).toBeLessThan(400);
  expect(out).toBe("");
  expect(code).toBe(2);
  expect(peakMb).toBeLessThan(mostMb);
}

const head = "version: 1\nname: x\n";
const laughs = Array.from({ length: 30 }, (_, at) =>
  at === 0 ? "a0: &a0 [x, x]" : `a${at}: &a${at} [*a${at - 1}, *a${at - 1}, *a${at - 1}]`,
).join("\n");

const absurd: readonly (readonly [string, string])[] = [
  ["laughs at the second billion", head + laughs],
  ["opens as many brackets as fit", `${head}steps: ${"[".repeat(99_900)}`],
  ["nests and closes", `${head}steps: ${"{a: ".repeat(19_000)}${"}".repeat(19_000)}`],
  ["is all dashes", `${head}steps: ${"- ".repeat(49_000)}`],
  ["has a key a line", `${head}${Array.from({ length: 9000 }, (_, at) => `k${at}: 1`).join("\n")}`],
  ["has eight thousand roles", `${head}roles:\n${"- {name: a}\n".repeat(8000)}`],
  ["has as many empty steps as fit", `${head}steps:\n${"- {}\n".repeat(19_000)}`],
  ["is all commas", `${head}a: [${",".repeat(99_900)}`],
  [
    "has a hundred thousand steps",
    `${head}steps:\n${"- {id: a, kind: approved}\n".repeat(100_000)}`,
  ],
  ["has a step kind that clears the screen", `${head}steps: [{id: a, kind: "\\e[2J\\e]0;x\\a"}]`],
];

test.each(absurd)("a plan that %s", async (_, text) => {
  const ended = await planned(text);
  if (Buffer.byteLength(text) > 1024 * 1024) {
    expect(ended.err).toContain("is longer than 1 MB");
    expect(ended.code).toBe(2);
    expect(ended.peakMb).toBeLessThan(mostMb);
  } else expectRefusal(ended);
});

test("ten megabytes, and a file without an end", async () => {
  const device = await measuredProgram(["plan", "--plan", "/dev/zero"], { cwd: folder });
  for (const ended of [await planned(Buffer.alloc(10 * 1024 * 1024, "a: b\n")), device]) {
    expect(ended.err).toContain("is longer than 1 MB");
    expect(ended.out).toBe("");
    expect(ended.code).toBe(2);
    expect(ended.peakMb).toBeLessThan(mostMb);
  }
});

test("the real plan, made wrong at random", async () => {
  const seed = firstSeed();
  const seeds = Array.from({ length: 24 }, (_, at) => seed + at);
  await inTurns(seeds, async (number) => {
    const ended = await planned(mutatedPlan(real, chanceOf(number)));
    try {
      expectRefusal(ended);
    } catch (error) {
      throw new Error(`OSM_SEED=${number} repeats it`, { cause: error });
    }
  });
});
