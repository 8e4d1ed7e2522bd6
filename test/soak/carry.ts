/** One run of a soak, whole: the stage is set, the scenario driven, everything checked, the stage taken down. */
import { existsSync } from "node:fs";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { RunningTool } from "../support/running-tool.ts";
import { setTestStage, type TestStage } from "../support/set-stage.ts";
import { checkEnding } from "./checks/ending.ts";
import { orderProblems, sidesProblems, watchSides } from "./checks/sides.ts";
import { hearWitness } from "./checks/witness.ts";
import { drive, type Driven } from "./drive.ts";
import { stepsFor } from "./plan.ts";
import type { Scenario } from "./scenario.ts";
import { startStriking } from "./striking.ts";

export interface Outcome {
  readonly number: number;
  readonly ending: Driven["ending"];
  readonly processes: readonly string[];
  readonly struck: readonly string[];
  readonly acknowledged: number;
  readonly longestOutageMs: number;
  readonly problems: readonly string[];
}

const databases = path.resolve(import.meta.dirname, "../../../shared/databases");

/** Undefined: generated rows instead. */
function dumpOf({ database }: Scenario): string | undefined {
  if (database.is !== "dump") return undefined;
  const file = path.join(databases, `${database.name}.sql`);
  return existsSync(file) ? file : undefined;
}

/** What a run that went wrong leaves is copied to `evidence`. */
export async function carry(scenario: Scenario, evidence: string): Promise<Outcome> {
  const tools = new Set<RunningTool>();
  const at = await setTestStage(
    {
      rows: scenario.database.rows,
      dump: dumpOf(scenario),
      writes: scenario.writes,
      pulumi: scenario.through === "pulumi",
    },
    tools,
  );
  try {
    return await carryOn(scenario, at, evidence);
  } finally {
    for (const tool of tools) tool.kill("SIGKILL");
    await Promise.all([...tools].map((tool) => tool.ended));
    await at.stage.stop();
    await rm(at.folder, { recursive: true, force: true });
  }
}

async function carryOn(scenario: Scenario, at: TestStage, evidence: string): Promise<Outcome> {
  const plan = await at.plan("soak", (steps) => stepsFor(scenario, steps));
  const striking = startStriking(scenario.acts, at, plan);
  const sides = watchSides(at);
  const driven = await drive(scenario, at, plan, striking);
  await striking.disarm();
  const journal = await at.journal().catch(() => []);
  const ended =
    driven.ending === "neither"
      ? []
      : await checkEnding(at, driven.ending, { plan, sourceCrashed: crashesSource(scenario) });
  const seen = await sides.end();
  const heard = await hearWitness(at, driven.events);
  const problems = [
    ...driven.wrong,
    ...striking.wrong,
    ...ended,
    ...sidesProblems(seen, journal),
    ...(await orderProblems(at)),
    ...heard.problems,
  ];
  if (problems.length > 0) await keep(at, evidence, driven, problems);
  return {
    number: scenario.number,
    ending: driven.ending,
    processes: driven.processes,
    struck: striking.struck,
    acknowledged: heard.acknowledged,
    longestOutageMs: heard.longestOutageMs,
    problems,
  };
}

function crashesSource({ acts }: Scenario): boolean {
  return acts.some(
    ({ strike }) =>
      strike.does === "restart" && strike.server === "source" && strike.mode === "immediate",
  );
}

async function keep(
  at: TestStage,
  evidence: string,
  driven: Driven,
  problems: readonly string[],
): Promise<void> {
  await mkdir(evidence, { recursive: true });
  const all = [...problems, "", ...driven.processes, "", driven.output].join("\n");
  await writeFile(path.join(evidence, "output.txt"), all, { mode: 0o600 });
  const look = JSON.stringify(await at.look().catch(String), undefined, 1);
  await writeFile(path.join(evidence, "cloud.json"), look);
  for (const name of [
    "state",
    "cloud.log",
    "writing-client.jsonl",
    "source/server.log",
    "target/server.log",
  ]) {
    await cp(path.join(at.folder, name), path.join(evidence, name), { recursive: true }).catch(
      () => undefined,
    );
  }
}
