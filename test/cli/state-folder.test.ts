/**
 * What can be wrong with a state folder, before the built program: what the
 * person is told, the exit code, and that nothing in the folder is changed. No
 * server and no cloud is up: whoever asked one would say so instead.
 */
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadPlan } from "../../src/compose.ts";
import type { EntryBody } from "../../src/core/journal/entry.ts";
import { journalText, openedBody } from "../support/journal-entries.ts";
import { program, programFile } from "../support/program.ts";

const run = "261125test";
const planText = await readFile(
  path.resolve(import.meta.dirname, "../../migrations-plans/rehearsal.plan.yaml"),
  "utf8",
);

let folder: string;
let state: string;
let plan: string;

const journal = () => path.join(state, run, "journal.jsonl");

/** A run that was killed in its freeze. */
async function entries(format = 1): Promise<EntryBody[]> {
  const loaded = await loadPlan(plan);
  const { name, digest, document } = loaded.plan;
  const frozen = loaded.plan.steps.find(({ kind }) => kind === "source-frozen")?.id ?? "";
  const action = { id: "refuse-writes", summary: "Refuse writes", touches: "source" } as const;
  return [
    { ...openedBody(run), format, plan: { name, digest, document } },
    { type: "satisfied", step: "preflight-passed", because: "nothing stands in the way" },
    { type: "action-began", step: frozen, action },
  ];
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "osm-state-"));
  state = path.join(folder, "state");
  plan = path.join(folder, "rehearsal.plan.yaml");
  await writeFile(plan, planText);
  await mkdir(path.join(state, run), { recursive: true, mode: 0o700 });
  await writeFile(journal(), journalText(await entries()), { mode: 0o600 });
  await writeFile(path.join(state, run, "lock.db"), "", { mode: 0o600 });
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Every variable that the plan refers to, leading nowhere. */
const environment = Object.fromEntries(
  [...planText.matchAll(/\$\{env:(\w+)/g)].map(([, name = ""]) => [
    name,
    name.endsWith("ENDPOINT") ? "https://localhost:1" : name.endsWith("PORT") ? "1" : "x",
  ]),
);

const call = (words: readonly string[], where = state) =>
  program(["--plan", plan, "--state", where, ...words], { cwd: folder, env: environment });

async function contents(): Promise<string> {
  const hash = createHash("sha256");
  if (!(await stat(state)).isDirectory()) return hash.update(await readFile(state)).digest("hex");
  const names = await readdir(state, { recursive: true });
  for (const name of names.toSorted()) {
    const file = path.join(state, name);
    const isFile = (await stat(file)).isFile();
    hash.update(`${name}\n`).update(isFile ? await readFile(file) : "");
  }
  return hash.digest("hex");
}

const edit = async (from: string | RegExp, to: string) =>
  writeFile(journal(), (await readFile(journal(), "utf8")).replace(from, to));

interface Wrong {
  readonly what: string;
  readonly make: () => Promise<unknown>;
  /** `run --resume` unless told otherwise. */
  readonly acts?: readonly string[];
  /** Of that, then of `status`. */
  readonly codes: readonly [number, number];
  readonly said: RegExp;
}

const wrongs: readonly Wrong[] = [
  {
    what: "a line edited by hand",
    make: () => edit("nothing stands", "something stands"),
    codes: [5, 5],
    said: /is damaged in line 2/,
  },
  {
    what: "a newer format",
    make: async () => writeFile(journal(), journalText(await entries(2))),
    codes: [5, 5],
    said: /has format 2; this version of opensauced-migrate knows up to 1/,
  },
  {
    what: "no journal any more",
    make: () => rm(journal()),
    codes: [5, 5],
    said: /The journal of the run in .* is gone/,
  },
  {
    what: "an empty journal beside what the run made",
    make: async () => {
      await writeFile(journal(), "");
      await mkdir(path.join(state, run, "snapshot"));
    },
    codes: [5, 5],
    said: /is empty, and yet the run got further/,
  },
  {
    what: "a copy of the run beside it",
    make: () => cp(path.join(state, run), path.join(state, "copy"), { recursive: true }),
    codes: [5, 5],
    said: /holds the journal of run 261125test: it is a copy/,
  },
  {
    what: "a renamed run",
    acts: ["undo"],
    make: () => rename(path.join(state, run), path.join(state, "renamed")),
    codes: [5, 5],
    said: /it is a copy, or was renamed/,
  },
  {
    what: "a file where the folder should be",
    make: async () => {
      await rm(state, { recursive: true });
      await writeFile(state, "x");
    },
    codes: [2, 2],
    said: /is no folder \(ENOTDIR\)[^]*Nothing was looked at or changed/,
  },
  {
    what: "a plan changed since",
    make: () => writeFile(plan, planText.replace(/maxLag: \d+s/, "maxLag: 77s")),
    codes: [2, 0],
    said: /The plan has changed since run 261125test[^]*maxLag/,
  },
];

describe("a state folder with", () => {
  test.each(wrongs)("$what", async ({ make, codes, said, acts = ["run", "--resume"] }) => {
    await make();
    const before = await contents();
    const ends = await Promise.all([call([...acts]), call(["status"])]);
    expect(
      ends.map(({ code }) => code),
      ends.map(({ err }) => err).join("\n"),
    ).toEqual([codes[0], codes[1]]);
    for (const { code, err } of ends) if (code !== 0) expect(err).toMatch(said);
    expect(await contents()).toBe(before);
  });
});

/** A mount that only the program sees; ordinary users may make one where user namespaces are allowed. */
const mounts = spawnSync("unshare", ["-rm", "true"]).status === 0;
const needs = { meta: { whenSkipped: "no user namespaces here: `unshare -rm` is refused" } };

function callMounted(mount: string, where: string, words: readonly string[]) {
  const script = `${mount} && exec "$@"`;
  const all = ["-rm", "bash", "-c", script, "bash", process.execPath, programFile];
  const { status, stderr } = spawnSync(
    "unshare",
    [...all, "--plan", plan, "--state", where, ...words],
    { cwd: folder, env: { PATH: process.env["PATH"], HOME: folder, ...environment } },
  );
  return { code: status, err: stderr.toString() };
}

describe.runIf(mounts)("a state folder on a file system that", () => {
  test("is read-only", needs, async () => {
    const before = await contents();
    const mount = `mount --bind '${state}' '${state}' && mount -o remount,ro,bind '${state}'`;
    const end = callMounted(mount, state, ["run", "--resume"]);
    expect(end.code, end.err).toBe(2);
    expect(end.err).toContain("the file system is read-only (EROFS)");
    expect(end.err).toContain("THE SOURCE MAY STILL BE FROZEN");
    expect(await contents()).toBe(before);
  });

  test("is full", needs, async () => {
    const small = path.join(folder, "small");
    await mkdir(small);
    // Room for the run, and not a page more.
    const mount = `mount -t tmpfs -o size=128k,mode=700 none '${small}' && cp -a '${state}/.' '${small}/' && { dd if=/dev/zero of='${small}/filler' bs=1k 2>/dev/null; true; }`;
    const end = callMounted(mount, small, ["undo"]);
    expect(end.code, end.err).toBe(2);
    expect(end.err).toContain("the disk is full (ENOSPC)");
    expect(end.err).toContain("THE SOURCE MAY STILL BE FROZEN");
    expect(end.err).toContain("Make room");
  });
});

const isRoot = process.getuid?.() === 0 && spawnSync("setpriv", ["--version"]).status === 0;
const needsRoot = {
  meta: { whenSkipped: "only root can be two users, with util-linux's setpriv" },
};
const stranger = 65534;

describe.runIf(isRoot)("a state folder of another user", needsRoot, () => {
  const asStranger = (words: readonly string[]) => {
    const as = [`--reuid=${stranger}`, `--regid=${stranger}`, "--clear-groups"];
    const all = [...as, process.execPath, programFile, "--plan", plan, "--state", state];
    const { status, stderr } = spawnSync("setpriv", [...all, ...words], {
      cwd: folder,
      env: { PATH: process.env["PATH"], HOME: folder, ...environment },
    });
    return { code: status, err: stderr.toString() };
  };

  beforeEach(async () => {
    await chmod(folder, 0o755);
    await chmod(plan, 0o644);
  });

  test.each([
    ["that may not be entered", 0o700, "The state folder"],
    ["that may be entered, with a run that may not", 0o755, "The run in"],
  ])("%s: refused, with whose it is", async (_what, mode, whose) => {
    await chmod(state, mode);
    const before = await contents();
    for (const words of [["status"], ["run", "--resume"], ["run"], ["undo"]]) {
      const { code, err } = asStranger(words);
      expect(code, err).toBe(2);
      expect(err).toContain(`${whose} ${state}`);
      expect(err).toContain("belongs to the user with id 0; you are the user with id 65534");
      expect(err).toContain("sudo -u '#0'");
    }
    expect(await contents()).toBe(before);
  });

  test("root does not go on with the run of somebody else, and locks nobody out", async () => {
    for (const file of [path.join(state, run), journal(), path.join(state, run, "lock.db")]) {
      await chown(file, stranger, stranger);
    }
    const before = await contents();
    const { code, err } = await call(["run", "--resume"]);
    expect(code, err).toBe(2);
    expect(err).toContain(`belongs to the user with id ${stranger}; you are the user with id 0`);
    expect(await contents()).toBe(before);
  });
});
