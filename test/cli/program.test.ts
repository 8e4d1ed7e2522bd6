/** The built program, as scripts and people call it: words, exit codes, which stream says what. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { program, programFile } from "../support/program.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "program-"));
});

afterAll(() => rm(folder, { recursive: true }));

const call = (words: readonly string[], env?: Record<string, string>) =>
  program(words, env === undefined ? { cwd: folder } : { cwd: folder, env });

/** A port on which nobody listens: it was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

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
    [["rehearse", "--writes", "0"], "a whole number from 1"],
    [["rehearse", "--rows", "1000000000000"], "a whole number from 1 to 100000000"],
    [["rehearse", "--fault", "row-lst"], "did you mean row-lost?"],
    [["rehearse", "--fault", "no-such-thing-at-all"], "there is no such fault."],
    [["rehearse", "--database", "absent.sql"], "does not exist"],
    [["rehearse", "--database", "."], "is a folder"],
    [["rehearse", "--database", "/dev/null"], "is not a file"],
    [["explain", "SOURCE-FROZEN"], "did you mean source-frozen?"],
    [["explain", ""], 'no step kind "".'],
    [["status", "extra"], "too many arguments"],
  ])("%j is wrong usage and says what is meant", async (words, said) => {
    const { code, out, err } = await call(words);
    expect(err).toContain(said);
    expect(out).toBe("");
    expect(code).toBe(2);
  });
});

test.each([
  ["PGDMP\u0001\u000e", "custom format", "pg_restore --file=plain.sql"],
  ["\u001f\u008b\u0008", "compressed", "gunzip"],
  ["", "is empty", "--database FILE.sql"],
  ["\u007fELF\u0000\u0001", "is not text", "--database FILE.sql"],
])(
  "a dump that begins with %j is refused before anything is started",
  async (text, why, remedy) => {
    const file = path.join(folder, "other.dump");
    await writeFile(file, text, "latin1");
    const { code, out, err } = await call(["rehearse", "--database", "other.dump"]);
    expect(err).toContain(why);
    expect(err).toContain(remedy);
    expect(err).not.toContain("starting");
    expect(out).toBe("");
    expect(code).toBe(2);
    await rm(file);
  },
);

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

  test.each([
    ["absent.plan.yaml", "does not exist"],
    [".", "is a folder"],
    ["", "is a folder"],
  ])("a plan %j that cannot be read: exit 2", async (file, why) => {
    const { code, err } = await call(["plan", "--plan", file]);
    expect(code).toBe(2);
    expect(err).toContain(why);
  });

  test("without a run, status says so and exits with 0", async () => {
    const { code, out } = await call(["status", "--state", "nowhere"]);
    expect(code).toBe(0);
    expect(out).toContain("No run yet");
    expect(out).toContain("opensauced-migrate --state nowhere plan");
  });
});

describe("servers that refuse", () => {
  const canary = "canary-41-password";
  const file = "refused.plan.yaml";

  beforeAll(async () => {
    const refused = `https://127.0.0.1:${await closedPort()}`;
    const plan = `version: 1
name: refused
source:
  digitalocean: { token: "\${env:CANARY}", cluster: c, password: "\${env:CANARY}", endpoint: "${refused}" }
target:
  azure: { subscription: 00000000-0000-0000-0000-000000000000, resourceGroup: rg, server: s, user: adm, password: "\${env:CANARY}", token: "\${env:CANARY}", endpoint: "${refused}" }
roles: [{ name: app, password: "\${env:CANARY}" }]
databases: [{ name: api, roles: [app] }]
steps: [{ id: approved, kind: approved }]
`;
    await writeFile(path.join(folder, file), plan);
  });

  afterAll(() => rm(path.join(folder, file)));

  test("a run could not check: exit 5, nothing on standard output with --json, no secret anywhere", async () => {
    const { code, out, err } = await call(["run", "--json"], { CANARY: canary });
    expect(code).toBe(5);
    expect(out).toBe("");
    expect(err).toContain("ECONNREFUSED");
    expect(out + err).not.toContain(canary);
    expect((await call(["status"])).out).toContain("No run yet");
  });

  test("a secret that is not there is wrong usage, told at its place in the plan", async () => {
    const { code, err } = await call(["run"]);
    expect(code).toBe(2);
    expect(err).toMatch(
      /refused\.plan\.yaml:4:\d+\n {2}source\.digitalocean\.token: .*CANARY is not set/,
    );
  });

  test("--until with an unknown step is wrong usage before anything is asked", async () => {
    const { code, err } = await call(["run", "--until", "aproved"], { CANARY: canary });
    expect(code).toBe(2);
    expect(err).toContain("--until aproved");
  });

  test("--approve with a gate that the plan lacks is wrong usage, and the nearest is named", async () => {
    const { code, err } = await call(["run", "--approve", "aproved"], { CANARY: canary });
    expect(code).toBe(2);
    expect(err).toContain("--approve aproved: the plan has no step of that id");
    expect(err).toContain("did you mean approved?");
    expect((await call(["status"])).out).toContain("No run yet");
  });

  test("a token of two lines is refused by the name of its reference, and shown nowhere", async () => {
    const { code, out, err } = await call(["run"], { CANARY: `${canary}\nsecond-line` });
    expect(code).toBe(2);
    expect(err).toContain("the environment variable CANARY has several lines");
    expect(out + err).not.toMatch(/canary-41|second-line/);
  });

  test("plan shows the gate and exits with 0: a run can be begun", async () => {
    const { code, out } = await call(["plan"], { CANARY: canary });
    expect(code).toBe(0);
    expect(out).toMatch(/^ 1 ‖ approved +gate$/m);
    expect(out).toContain("opensauced-migrate run");
  });
});

describe("a signal after the answer", () => {
  /** Killed that many milliseconds after its answer was read; the signal's name, or the exit code. */
  async function endOf(port: number, afterMs: number): Promise<unknown> {
    const place = `host=127.0.0.1 port=${port} dbname=a user=a connect_timeout=5`;
    const words = ["verify", "--source", place, "--target", `${place} options=-ca.b=1`];
    const child = spawn(process.execPath, [programFile, ...words], {
      cwd: folder,
      env: { PATH: process.env["PATH"], HOME: folder, PGPASSWORD: "x" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      out += chunk;
      if (/^. Could not check/m.test(out)) setTimeout(() => child.kill("SIGINT"), afterMs);
    });
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    if (code === 2) throw new Error("The words were not understood.");
    return signal ?? code;
  }

  // Unless the program ends of itself at once, Node gives signals back their deadly meaning first.
  test("makes no killed program of one that has answered", async () => {
    const port = await closedPort();
    for (const afterMs of [0, 2, 6, 12, 24]) {
      // oxlint-disable-next-line no-await-in-loop -- beside each other they would miss the moment
      expect(await endOf(port, afterMs)).toBe(5);
    }
  }, 60_000);
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

describe("standard output that cannot be written", () => {
  const into = (target: string) =>
    new Promise<{ code: number | null; err: string }>((resolve) => {
      const words = [programFile, "schema"];
      const child = spawn("sh", ["-c", `"$0" "$@" ${target}`, process.execPath, ...words], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      let err = "";
      child.stderr.setEncoding("utf8").on("data", (chunk: string) => (err += chunk));
      child.once("close", (code) => resolve({ code, err }));
    });

  const fullNeeded = { meta: { whenSkipped: "needs Linux's /dev/full" } };

  test.skipIf(!existsSync("/dev/full"))("a full disk is no success", fullNeeded, async () => {
    const { code, err } = await into("> /dev/full");
    expect(err).toContain("could not be written (ENOSPC)");
    expect(code).toBe(1);
  });

  test("a reader who has read enough is none of its business", async () => {
    expect(await into("| true")).toEqual({ code: 0, err: "" });
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
