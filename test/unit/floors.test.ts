/** The floors of the source: who may import whom, who may read the environment, who may speak. */
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { packages, problemsOf } from "../support/floors/rules.ts";
import { readSource } from "../support/floors/source.ts";

const root = path.resolve(import.meta.dirname, "../..");

const files = globSync("src/**/*.ts", { cwd: root }).map((file) => file.split(path.sep).join("/"));

const sources = await Promise.all(
  files.map(async (file) => readSource(file, await readFile(path.join(root, file), "utf8"))),
);

it("finds the whole source", () => {
  expect(files).toContain("src/compose.ts");
  expect(sources.flatMap((source) => source.imports).length).toBeGreaterThan(500);
});

it("every module keeps to its floor", () => {
  expect(sources.flatMap(problemsOf)).toEqual([]);
});

it("every dependency has a place and is used, and no other package is", async () => {
  const { dependencies } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  expect(Object.keys(packages).toSorted()).toEqual(Object.keys(dependencies).toSorted());
  const imported = new Set(sources.flatMap((source) => source.imports.map(({ from }) => from)));
  expect(Object.keys(packages).filter((name) => !imported.has(name))).toEqual([]);
});

describe("the check itself", () => {
  const problems = (file: string, code: string): readonly string[] =>
    problemsOf(readSource(file, `/** Owns a sample. */\n${code}\n`)).map((problem) =>
      problem.slice(file.length + 1),
    );

  it.each([
    ["src/core/a.ts", 'import { b } from "../engine/b.ts";', "point down only"],
    ["src/core/a.ts", 'import type { B } from "../steps/b.ts";', "point down only"],
    ["src/engine/a.ts", 'export * from "../verification/b.ts";', "do not know each other"],
    ["src/engine/a.ts", 'type B = import("../providers/dns/b.ts").B;', "do not know each other"],
    ["src/providers/dns/a.ts", 'import "../azure/b.ts";', "never imports another"],
    ["src/providers/azure/a.ts", 'await import("../azure-dns/b.ts");', "never imports another"],
    ["src/migration/a.ts", 'import { b } from "../rehearsal/b.ts";', "do not know each other"],
    ["src/compose.ts", 'import { b } from "./rehearsal/b.ts";', "do not know each other"],
    ["src/steps/a.ts", 'import { compose } from "../compose.ts";', "point down only"],
    ["src/odd/a.ts", 'import { b } from "../core/b.ts";', "on no floor"],
    ["src/cli/a.ts", 'import { b } from "../odd/b.ts";', "on no floor"],
    ["src/cli/a.ts", 'import { b } from "../../test/support/b.ts";', "outside src"],
    ["src/cli/a.ts", 'import { b } from "../../../other/b.ts";', "outside the project"],
    ["src/steps/a.ts", 'import { Client } from "pg";', "whose place is"],
    ["src/steps/a.ts", 'import { type Client } from "pg";', "whose place is"],
    ["src/verification/a.ts", 'const pg = await import("pg");', "whose place is"],
    ["src/engine/a.ts", 'import type { Client } from "pg";', "whose place is"],
    ["src/providers/azure-dns/a.ts", 'import "@azure/arm-postgresql-flexible/x";', "whose place"],
    ["src/providers/azured/a.ts", 'import "@azure/arm-postgresql-flexible";', "whose place is"],
    ["src/steps/a.ts", 'import { execa } from "execa";', "whose place is"],
    ["src/cli/a.ts", 'import chalk from "chalk";', "without a place"],
    ["src/core/a.ts", 'import { readFileSync } from "node:fs";', "core is pure"],
    ["src/core/a.ts", "const now = Date.now();", "core is pure"],
    ["src/core/a.ts", "const now = new Date();", "core is pure"],
    ["src/core/a.ts", "const id = Math.random();", "core is pure"],
    ["src/core/a.ts", "const answer = await fetch(url);", "core is pure"],
    ["src/core/a.ts", "const id = crypto.randomUUID();", "core is pure"],
    ["src/core/a.ts", "const id = process.pid;", "core is pure"],
    ["src/migration/a.ts", "const home = process.env.HOME;", "reads process.env"],
    ["src/migration/a.ts", 'const home = process["env"]["HOME"];', "reads process.env"],
    ["src/migration/a.ts", "const { env } = process;", "reads process.[computed]"],
    ["src/migration/a.ts", "read(process);", "reads process.[computed]"],
    ["src/cli/main.ts", "const home = process.env.HOME;", "reads process.env"],
    ["src/migration/a.ts", 'import { env } from "node:process";', "use the global"],
    ["src/engine/a.ts", 'console.error("a");', "prints or exits"],
    ["src/engine/a.ts", "process.exit(1);", "prints or exits"],
    ["src/engine/a.ts", "process.exitCode = 1;", "prints or exits"],
    ["src/rehearsal/client/start.ts", 'process.stdout.write("a");', "prints or exits"],
  ])("%s: %s", (file, code, problem) => {
    expect(problems(file, code)).toEqual([expect.stringContaining(problem)]);
  });

  it("counts lines", () => {
    expect(problems("src/core/a.ts", "const a = 1;\n".repeat(298))).toEqual([]);
    expect(problems("src/core/a.ts", "const a = 1;\n".repeat(300))).toEqual([
      "has 301 lines, more than 300",
    ]);
  });

  it("asks for the opening comment", () => {
    expect(problemsOf(readSource("src/core/a.ts", "// Owns a.\nexport const a = 1;\n"))).toEqual([
      "src/core/a.ts does not open with a comment on what it owns",
    ]);
  });

  it.each([
    ["src/core/a.ts", 'import { createHash } from "node:crypto"; import { b } from "./b.ts";'],
    ["src/core/a.ts", "const then = new Date(0); const text = `process.env ${then}`;"],
    ["src/verification/a.ts", 'import type { Client } from "pg";'],
    ["src/providers/azure/a.ts", 'import { b } from "./b.ts"; import "@azure/identity";'],
    ["src/compose.ts", 'import "./migration/a.ts"; const { HOME } = process.env;'],
    ["src/migration/a.ts", 'import { compose } from "../compose.ts";'],
    ["src/rehearsal/a.ts", 'import "../migration/b.ts"; import "../compose.ts";'],
    ["src/cli/a.ts", 'import "../core/b.ts"; import "../rehearsal/b.ts"; console.log("a");'],
    ["src/engine/a.ts", "// console.log, process.exit\nconst pid = process.pid;"],
    ["src/engine/a.ts", "const warn = process.emitWarning.bind(process);"],
  ])("has nothing against %s: %s", (file, code) => {
    expect(problems(file, code)).toEqual([]);
  });
});
