/** Everything that must hold when a run is over, finished or withdrawn. */
import { readdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { TestStage } from "../../support/set-stage.ts";
import { processesOf } from "../../support/killed.ts";
import { cloudProblems } from "./cloud.ts";
import { equalityProblems, leftoverProblems, toolSchemaIsThere } from "./databases.ts";
import { outputProblems } from "./output.ts";
import { tryWriting } from "./writing.ts";

export async function checkEnding(
  at: TestStage,
  ending: "finished" | "withdrawn",
  { plan, sourceCrashed }: { readonly plan: string; readonly sourceCrashed: boolean },
): Promise<readonly string[]> {
  const databases = at.stage.written.database === "app" ? ["app"] : ["api", "insights"];
  const checks: readonly (() => Promise<readonly string[]>)[] = [
    () => sideProblems(at, ending),
    () => cloudProblems(at, ending),
    () => leftoverProblems(at, databases),
    () =>
      ending === "finished"
        ? equalityProblems(at, databases, sourceCrashed)
        : withdrawnProblems(at, databases),
    () => wordsProblems(at, ending, plan),
    () => processProblems(at),
    () => fileProblems(at),
  ];
  const problems: string[] = [];
  for (const check of checks) {
    problems.push(
      ...(await check().catch((error: unknown) => [`Could not be checked: ${String(error)}`])),
    );
  }
  return problems;
}

/** The application writes where it belongs within seconds, and the other side does as it should. */
async function sideProblems(at: TestStage, ending: "finished" | "withdrawn") {
  const until = Date.now() + 15_000;
  while (!(await at.stage.isWriting()) && Date.now() < until) await wait(100);
  const problems = (await at.stage.isWriting())
    ? []
    : ["The application does not write fifteen seconds after the end."];
  const source = await tryWriting(at, "source");
  const expected = ending === "finished" ? "refused" : "written";
  if (source !== expected)
    problems.push(`At the end a write to the source is ${source}, not ${expected}.`);
  if (ending === "finished" && (await tryWriting(at, "target")) !== "written") {
    problems.push("At the end the application's role cannot write to the target.");
  }
  return problems;
}

async function withdrawnProblems(at: TestStage, databases: readonly string[]) {
  const problems: string[] = [];
  for (const database of databases) {
    if (await toolSchemaIsThere(at, "source", database)) {
      problems.push(`The tool's schema is still in ${database} on the source.`);
    }
  }
  const left = await at.onTarget("postgres", async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT datname AS name FROM pg_catalog.pg_database WHERE datname = ANY ($1)
       UNION ALL SELECT rolname FROM pg_catalog.pg_roles WHERE rolname ~ '^(api|auth|insights)_app$|^app_owner$'`,
      [databases],
    );
    return rows.map(({ name }) => name);
  });
  return [...problems, ...left.map((name) => `Left on the target: ${name}.`)];
}

/** The journal can be read, and says the same as the world. */
async function wordsProblems(at: TestStage, ending: "finished" | "withdrawn", plan: string) {
  const status = await at.tool(["status"], plan);
  const problems = [...outputProblems(status, at)];
  const word = ending === "finished" ? "finished" : "undone";
  if (status.code !== 0 || !status.out.includes(`of plan soak: ${word}`)) {
    problems.push(
      `\`status\` (${status.code}) does not say ${word}: ${(status.out + status.err).slice(0, 600)}`,
    );
  }
  if (ending === "finished") {
    const again = await at.tool(["run", "--resume"], plan);
    if (again.code !== 0 || !again.err.includes("Nothing to do")) {
      problems.push(`A resume of a finished run (${again.code}): ${again.err.slice(-600)}`);
    }
  }
  return problems;
}

async function processProblems(at: TestStage): Promise<readonly string[]> {
  const programs = [
    "pg_dump",
    "pg_dumpall",
    "pg_restore",
    "pulumi",
    "pulumi-language-yaml",
    "node",
  ];
  const find = async () =>
    (await Promise.all(programs.map((name) => processesOf(name, at.state)))).flat();
  const until = Date.now() + 10_000;
  let left = await find();
  while (left.length > 0 && Date.now() < until) {
    await wait(200);
    left = await find();
  }
  return left.map(({ pid, command }) => `Still running: ${pid} ${command.slice(0, 200)}`);
}

/** One dump of each database, none half made. */
async function fileProblems(at: TestStage): Promise<readonly string[]> {
  const files = await readdir(at.state, { recursive: true });
  const problems = files
    .filter((file) => /partial|\.new$|\.tmp$/.test(file))
    .map((file) => `Left in the state folder: ${file}.`);
  const runs = files
    .filter((file) => path.basename(file) === "journal.jsonl")
    .map((file) => path.dirname(file));
  for (const run of runs) {
    const entries = await readdir(path.join(at.state, run, "snapshot")).catch(() => []);
    const odd = entries.filter((name) => !["api", "insights", "app", "roles.sql"].includes(name));
    for (const name of odd) problems.push(`An odd file in the snapshot: ${name}.`);
  }
  return problems;
}
