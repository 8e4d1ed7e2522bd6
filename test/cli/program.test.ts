/** The built program, as scripts and people call it: words, exit codes, which stream says what. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { program } from "../support/program.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "program-"));
});

afterAll(() => rm(folder, { recursive: true }));

const call = (words: readonly string[], env?: Record<string, string>) =>
  program(words, env === undefined ? { cwd: folder } : { cwd: folder, env });

describe("words", () => {
  test("help goes to standard output and exits with 0", async () => {
    const { code, out, err } = await call(["--help"]);
    expect(code).toBe(0);
    expect(err).toBe("");
    for (const command of [
      "plan",
      "run",
      "verify",
      "status",
      "undo",
      "rehearse",
      "explain",
      "schema",
    ]) {
      expect(out).toMatch(new RegExp(`^  ${command}\\b`, "m"));
    }
    expect(out).toContain("Exit codes: 0 done");
  });

  test("no command is wrong usage, and shows the help on standard error", async () => {
    const { code, out, err } = await call([]);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toContain("Usage: opensauced-migrate");
  });

  test.each([
    [["stauts"], "(Did you mean status?)"],
    [["run", "--rezume"], "(Did you mean --resume?)"],
    [["explain", "source-frozn"], "did you mean source-frozen?"],
    [["rehearse", "--rows", "many"], "--rows"],
    [["rehearse", "--rows", "-5"], "--rows"],
    [["rehearse", "--writes", "1e3"], "--writes"],
    [["status", "extra"], "too many arguments"],
  ])("%j is wrong usage and says what is meant", async (words, said) => {
    const { code, out, err } = await call(words);
    expect(err).toContain(said);
    expect(out).toBe("");
    expect(code).toBe(2);
  });
});

describe("plans", () => {
  test("none: exit 2, and how to name one", async () => {
    const { code, err } = await call(["plan"]);
    expect(code).toBe(2);
    expect(err).toContain("opensauced-migrate --plan FILE");
  });

  test("one that is wrong: exit 2, every problem at its place", async () => {
    const file = path.join(folder, "wrong.plan.yaml");
    await writeFile(file, "version: 1\nnmae: x\nsteps:\n  - id: a\n    kind: source-frozn\n");
    const { code, out, err } = await call(["plan", "--plan", "wrong.plan.yaml"]);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toContain("wrong.plan.yaml:2:1");
    expect(err).toContain("did you mean `name`?");
    expect(err).toContain("did you mean `source-frozen`?");
    await rm(file);
  });

  test("without a run, status says so and exits with 0", async () => {
    const { code, out } = await call(["status", "--state", "nowhere"]);
    expect(code).toBe(0);
    expect(out).toContain("No run yet");
    expect(out).toContain("opensauced-migrate --state nowhere plan");
  });
});

describe("explain and schema", () => {
  test("schema is JSON and nothing else", async () => {
    const { code, out, err } = await call(["schema"]);
    expect(code).toBe(0);
    expect(err).toBe("");
    expect(JSON.parse(out)).toMatchObject({ title: "opensauced-migrate plan" });
  });

  test("explain lists the kinds; each of them is explained", async () => {
    const { out } = await call(["explain"]);
    const kinds = [...out.matchAll(/^ {2}([a-z][a-z-]+) {2}/gm)].map((match) => match[1] ?? "");
    expect(kinds).toContain("source-frozen");
    expect(kinds.length).toBeGreaterThanOrEqual(13);
    const explained = await Promise.all(kinds.map((kind) => call(["explain", kind])));
    for (const { code, out: text } of explained) {
      expect(code).toBe(0);
      expect(text).toMatch(/\nSettings\n[\s\S]*\nIn a plan\n[\s\S]*\nOrder, time and undo\n/);
    }
  });
});

describe("colour", () => {
  const escape = "\u001b[";

  test("a pipe gets none, --color and FORCE_COLOR give it, NO_COLOR takes it", async () => {
    const [pipe, flag, forced, both] = await Promise.all([
      call(["explain", "source-frozen"]),
      call(["explain", "source-frozen", "--color"]),
      call(["explain", "source-frozen"], { FORCE_COLOR: "1" }),
      call(["explain", "source-frozen"], { FORCE_COLOR: "1", NO_COLOR: "1" }),
    ]);
    expect(pipe.out).not.toContain(escape);
    expect(flag.out).toContain(escape);
    expect(forced.out).toContain(escape);
    expect(both.out).not.toContain(escape);
  });
});
