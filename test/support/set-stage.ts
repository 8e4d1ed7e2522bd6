/**
 * A stage for whole runs of the built program: cloud, applications and writing
 * client live with whoever sets it, and the tool comes and goes. Knows nothing
 * of the test runner.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { parse, stringify } from "yaml";
import { ownSurroundings } from "../../src/compose.ts";
import type { TimedEvent } from "../../src/core/event.ts";
import type { Entry } from "../../src/core/journal/entry.ts";
import { Secret } from "../../src/core/secret.ts";
import { withClient } from "../../src/providers/postgres/index.ts";
import type { Client } from "pg";
import type { CloudLook } from "../../src/rehearsal/cloud/main.ts";
import { hear, readRecord, type Testimony } from "../../src/rehearsal/client/index.ts";
import { hearClient, type ClientStory } from "../../src/rehearsal/stage/testimony.ts";
import { setStage, type Stage } from "../../src/rehearsal/stage/stage.ts";
import type { Ended } from "./program.ts";
import { startTool, type RunningTool } from "./running-tool.ts";
import { type Network, startNetwork } from "./network.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface PlanStep {
  id: string;
  kind: string;
  [setting: string]: unknown;
}

/** Over the stage's own. */
type Environment = Readonly<Record<string, string>>;

export interface TestStage {
  readonly stage: Stage;
  /** Throws where none was asked for. */
  readonly network: Network;
  readonly folder: string;
  /** Of the runs; made by the tool. */
  readonly state: string;
  /** Where the tool puts what it needs only while it runs. */
  readonly temporary: string;
  /** Another plan made from the stage's own, in the same folder as it. */
  plan(name: string, edit: (steps: PlanStep[]) => PlanStep[]): Promise<string>;
  /** The program's words, with plan and state folder; `--json` for `run` and `undo`. */
  start(words: readonly string[], plan?: string, environment?: Environment): RunningTool;
  /** The same, to its end. */
  tool(words: readonly string[], plan?: string, environment?: Environment): Promise<Ended>;
  /** The journal of the newest run. */
  journal(): Promise<readonly Entry[]>;
  look(): Promise<CloudLook>;
  /** What the client's record proves so far; the client goes on. */
  testimony(): Promise<Testimony>;
  /** Ends the client, and compares. */
  story(events: readonly TimedEvent[]): Promise<ClientStory["client"]>;
  /** `as`: one of the applications' roles; the provider's admin without it. */
  onSource<T>(database: string, use: (client: Client) => Promise<T>, as?: string): Promise<T>;
  onTarget<T>(database: string, use: (client: Client) => Promise<T>): Promise<T>;
}

export interface TestStageOptions {
  readonly rows?: number;
  readonly writes?: number;
  readonly pulumi: boolean;
  readonly faults?: readonly string[];
  /** A network between everybody and the servers, and between the tool and both APIs. */
  readonly network?: boolean;
  /** A plain pg_dump file instead of generated data. */
  readonly dump?: string | undefined;
}

/** For everything to be up, in milliseconds. */
export const setMs = 90_000;

/** The tools that still run are always in `tools`: whoever sets the stage ends them. */
export async function setTestStage(
  options: TestStageOptions,
  tools: Set<RunningTool>,
): Promise<TestStage> {
  const folder = await temporaryFolder();
  const network = options.network === true ? await startNetwork() : undefined;
  const stage = await setIn(folder, options, network).catch(async (error: unknown) => {
    await network?.close();
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const state = path.join(folder, "state");
  const temporary = path.join(folder, "tmp");
  await mkdir(temporary);
  const start: TestStage["start"] = (words, plan = stage.planFile, environment = {}) => {
    const [command = "", ...rest] = words;
    const json = ["run", "undo"].includes(command) && !rest.includes("--plain") ? ["--json"] : [];
    const tool = startTool(["--plan", plan, "--state", state, command, ...json, ...rest], {
      cwd: folder,
      env: {
        ...stage.surroundings.environment,
        TMPDIR: temporary,
        ...network?.environment,
        ...environment,
      },
    });
    tools.add(tool);
    void tool.ended.then(() => tools.delete(tool));
    return tool;
  };
  return {
    stage,
    get network() {
      if (network === undefined) throw new Error("The stage has no network of its own.");
      return network;
    },
    folder,
    state,
    temporary,
    start,
    tool: (words, plan, environment) => start(words, plan, environment).ended,
    plan: async (name, edit) => writePlan(stage, folder, name, edit),
    journal: () => readJournalOf(state),
    look: () => stage.cloud.look(),
    testimony: () => hear(readRecord(stage.client.recordFile), 100),
    story: async (events) => (await hearClient(stage, events)).client,
    onSource: (database, use, as) => ask(stage, "source", database, use, as),
    onTarget: (database, use) => ask(stage, "target", database, use),
  };
}

function setIn(
  folder: string,
  options: TestStageOptions,
  network: Network | undefined,
): Promise<Stage> {
  return setStage({
    folder,
    rows: options.rows ?? 20_000,
    dump: options.dump,
    writes: options.writes ?? 100,
    faults: options.faults ?? [],
    pulumi: options.pulumi,
    ...(network === undefined ? {} : { network }),
    surroundings: ownSurroundings,
    say: () => undefined,
    signal: AbortSignal.timeout(setMs),
  });
}

async function writePlan(
  stage: Stage,
  folder: string,
  name: string,
  edit: (steps: PlanStep[]) => PlanStep[],
): Promise<string> {
  const plan = parse(await readFile(stage.planFile, "utf8")) as {
    name: string;
    steps: PlanStep[];
  };
  const file = path.join(folder, "migrations-plans", `${name}.plan.yaml`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(
    file,
    stringify({ ...plan, name, steps: edit(plan.steps) }, { aliasDuplicateObjects: false }),
  );
  return file;
}

async function readJournalOf(state: string): Promise<readonly Entry[]> {
  const runs = await readdir(state);
  const journals = await Promise.all(
    runs.map(async (run) => {
      const text = await readFile(path.join(state, run, "journal.jsonl"), "utf8").catch(() => "");
      const lines = text.split("\n").filter((line) => line.endsWith("}"));
      return lines.map((line) => JSON.parse(line) as Entry);
    }),
  );
  const opened = journals.filter((entries) => entries.length > 0);
  return opened.toSorted((a, b) => (a[0]?.at ?? "").localeCompare(b[0]?.at ?? "")).at(-1) ?? [];
}

function ask<T>(
  stage: Stage,
  side: "source" | "target",
  database: string,
  use: (client: Client) => Promise<T>,
  as?: string,
): Promise<T> {
  const { facts } = stage.cloud;
  const admin = side === "source" ? "doadmin" : "azureadmin";
  const user = as ?? admin;
  const variable = { doadmin: "DOADMIN", azureadmin: "AZURE" }[user] ?? user.toUpperCase();
  const password = facts.environment[`REHEARSAL_${variable}_PASSWORD`];
  const endpoint = {
    host: "localhost",
    port: facts[side].listensOn,
    database,
    user,
    password: new Secret(password ?? ""),
    tls: { mode: "verify-full", ca: facts.environment["REHEARSAL_CA"] ?? "" },
  } as const;
  return withClient(endpoint, { server: side, signal: AbortSignal.timeout(120_000) }, use);
}
