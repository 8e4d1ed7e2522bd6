import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ProviderError, UnreadableError, UsageError } from "../../src/core/errors.ts";
import { Secret } from "../../src/core/secret.ts";
import {
  findPulumi,
  judgePreview,
  openStack,
  type PulumiEnv,
  type PulumiEvent,
  type PulumiStack,
} from "../../src/providers/pulumi/index.ts";

const never = new AbortController().signal;
const options = { signal: never };
const root = path.resolve(import.meta.dirname, "../..");
const found = await findPulumi(
  [path.join(root, ".tools/bin"), ...(process.env["PATH"] ?? "").split(path.delimiter)],
  never,
);

it("without a CLI says how to install it", async () => {
  expect(await findPulumi(["/nonexistent", "relative"], never)).toMatchObject({
    is: "missing",
    remedy: expect.stringContaining("get.pulumi.com") as string,
  });
});

const real = { timeout: 60_000, meta: { whenSkipped: "needs the Pulumi CLI" } };

describe.runIf(found.is === "found")("a real stack", real, () => {
  const passphrase = new Secret("canary-passphrase");
  const oldUrl = new Secret("postgres://u:canary-old@old.example/db");
  const newUrl = new Secret('postgres://u:canary"new\\@new.example/db\n');
  let folder: string;
  let env: PulumiEnv;
  let stack: PulumiStack;

  // `pulumi:index:Stash` is built into the engine: a resource that really changes, without a plugin.
  const program = `name: repoint
runtime: yaml
config:
  databaseHost: { type: string }
  databaseUrl: { type: string, secret: true }
resources:
  api:
    type: pulumi:index:Stash
    properties: { input: "\${databaseUrl}" }
outputs:
  url: \${databaseUrl}
  host: \${databaseHost}
`;

  const place = (more: { stack?: string; env?: PulumiEnv; secrets?: readonly Secret[] } = {}) => {
    if (found.is !== "found") throw new Error("no pulumi");
    return openStack({
      pulumi: found.pulumi,
      directory: path.join(folder, "program"),
      stack: "dev",
      env,
      ...more,
    });
  };

  beforeAll(async () => {
    if (found.is !== "found") return;
    folder = await mkdtemp(path.join(os.tmpdir(), "osm-pulumi-"));
    for (const name of ["program", "state", "home"]) await mkdir(path.join(folder, name));
    await writeFile(path.join(folder, "program/Pulumi.yaml"), program);
    env = {
      PATH: process.env["PATH"] ?? "",
      HOME: path.join(folder, "home"),
      PULUMI_HOME: path.join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
    };
    stack = place();
    await promisify(execFile)(found.pulumi.path, ["stack", "init", "dev", "--non-interactive"], {
      cwd: path.join(folder, "program"),
      env: {
        ...(env as Record<string, string>),
        PULUMI_CONFIG_PASSPHRASE: passphrase.reveal(),
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    });
    await stack.setConfig("databaseHost", new Secret("old.example"), { ...options, secret: false });
    await stack.setConfig("databaseUrl", oldUrl, { ...options, secret: true });
    await stack.up(options);
  }, 120_000);
  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => writeFile(path.join(folder, "program/Pulumi.yaml"), program));

  it("is told what the program lacks, in words, and without a secret that they repeat", async () => {
    const value = new Secret("canary-nowhere");
    const written = program.replace('"${databaseUrl}" }', `"\${${value.reveal()}}" }`);
    await writeFile(path.join(folder, "program/Pulumi.yaml"), written);
    const said = (call: Promise<unknown>) => call.then(() => "no error", String);
    const lacks = (what: string) => `resource, variable, or config value "${what}" not found`;
    const open = await said(place().preview(options));
    expect(open).toContain(`error: ${lacks("canary-nowhere")}`);
    const careful = place({ secrets: [value] });
    for (const text of [await said(careful.preview(options)), await said(careful.up(options))]) {
      expect(text).toContain(`error: ${lacks("[secret]")}`);
      expect(text).not.toContain("canary");
    }
  });

  it("is re-pointed: set, previewed, judged, updated, read back; and then there is nothing left to do", async () => {
    const before = await stack.readState(options);
    expect(before).toMatchObject({ project: "repoint", pending: [], lock: { is: "free" } });
    expect(before.settings.text).toContain("old.example");

    const clean = await stack.preview(options);
    expect(clean.changeSummary).toEqual({ same: 2 });
    expect(judgePreview(clean, { expected: ["api"], allowed: [] }).map(({ code }) => code)).toEqual(
      ["pulumi-change-missing"],
    );

    await stack.setConfig("databaseUrl", newUrl, { ...options, secret: true });
    await stack.setConfig("databaseHost", new Secret("new.example"), { ...options, secret: false });
    const set = await stack.configValue("databaseUrl", options);
    expect([set?.value.reveal(), set?.secret]).toEqual([newUrl.reveal(), true]);
    expect(await stack.configValue("absent", options)).toBeUndefined();
    const after = await stack.readState(options);
    expect(after.settings.sha256).not.toBe(before.settings.sha256);
    expect(after.settings.text).not.toContain("canary");

    const preview = await stack.preview(options);
    expect(preview.steps.find(({ op }) => op === "update")).toMatchObject({
      type: "pulumi:index:Stash",
      diffs: ["input"],
    });
    expect(judgePreview(preview, { expected: ["api"], allowed: [], strict: true })).toEqual([]);

    const events: PulumiEvent[] = [];
    const result = await stack.up({ ...options, onEvent: (event) => events.push(event) });
    expect(result.changes).toMatchObject({ update: 1 });
    expect(events.filter(({ is }) => is === "done")).toContainEqual(
      expect.objectContaining({ op: "update", type: "pulumi:index:Stash" }),
    );
    expect(JSON.stringify(events)).not.toContain("canary");

    const outputs = await stack.outputs(options);
    expect(outputs.get("host")).toBe("new.example");
    const url = outputs.get("url");
    expect(url).toBeInstanceOf(Secret);
    expect((url as Secret).reveal()).toBe(newUrl.reveal());
    expect((await stack.preview(options)).changeSummary).toEqual({ same: 2 });
  });

  it("a resource that would go is refused", async () => {
    await writeFile(
      path.join(folder, "program/Pulumi.yaml"),
      program.replace("  api:", "  other:"),
    );
    const preview = await stack.preview(options);
    const codes = judgePreview(preview, { expected: ["other"], allowed: [] }).map(
      ({ code, objects }) => [code, objects],
    );
    expect(codes).toEqual([
      ["pulumi-would-destroy", ["delete urn:pulumi:dev::repoint::pulumi:index:Stash::api"]],
    ]);
    expect(
      judgePreview(preview, {
        expected: ["other"],
        allowed: [{ urn: "api", changes: ["delete"] }],
      }),
    ).toEqual([]);
  });

  it("a program that fails says why, in preview and in update", async () => {
    await writeFile(
      path.join(folder, "program/Pulumi.yaml"),
      program.replace("${databaseHost}", "${noSuchThing}"),
    );
    for (const call of [() => stack.preview(options), () => stack.up(options)]) {
      await expect(call()).rejects.toMatchObject({
        system: "Pulumi",
        message: expect.stringContaining("noSuchThing") as string,
      });
    }
  });

  it.each([
    [
      "a wrong passphrase",
      { env: { PULUMI_CONFIG_PASSPHRASE: new Secret("canary-wrong") } },
      "passphrase",
    ],
    ["a stack that is not there", { stack: "nope" }, "stack-not-found"],
  ] as const)("%s is told apart", async (_, change, code) => {
    const other = place({ ...change, env: { ...env, ...("env" in change ? change.env : {}) } });
    const error: unknown = await other
      .configValue("databaseUrl", options)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ system: "Pulumi", code, remedy: expect.any(String) as string });
    expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain("canary");
  });

  it("a lock is seen with its holder, and stops an update", async () => {
    const locks = path.join(folder, "state/.pulumi/locks/organization/repoint/dev");
    await mkdir(locks, { recursive: true });
    const lock = path.join(locks, "0b8e1b0f-6e0f-4c43-9d4b-7f7f3b7b4a11.json");
    await writeFile(
      lock,
      JSON.stringify({
        pid: 42,
        username: "someone",
        hostname: "elsewhere",
        timestamp: "2026-01-02T03:04:05Z",
      }),
    );
    try {
      expect((await stack.readState(options)).lock).toEqual({
        is: "held",
        holders: [
          {
            file: lock,
            pid: 42,
            user: "someone",
            host: "elsewhere",
            since: "2026-01-02T03:04:05Z",
            process: "unknown",
          },
        ],
      });
      await expect(stack.up(options)).rejects.toMatchObject({
        code: "locked",
        retryable: true,
        message: expect.stringContaining("someone@elsewhere") as string,
      });
    } finally {
      await rm(lock);
    }
  });

  it("an operation that an update left open is seen", async () => {
    const file = path.join(folder, "state/.pulumi/stacks/repoint/dev.json");
    const saved = await readFile(file, "utf8");
    const state = JSON.parse(saved) as {
      checkpoint: { latest: { resources: unknown[]; pending_operations?: unknown[] } };
    };
    state.checkpoint.latest.pending_operations = [
      { resource: state.checkpoint.latest.resources.at(-1), type: "updating" },
    ];
    await writeFile(file, JSON.stringify(state));
    try {
      expect((await stack.readState(options)).pending).toEqual([
        { type: "updating", urn: expect.stringContaining("Stash::api") as string },
      ]);
    } finally {
      await writeFile(file, saved);
    }
  });

  it("ends at once by the signal and by its limit", async () => {
    const controller = new AbortController();
    const stopped = stack.up({
      signal: controller.signal,
      onEvent: () => controller.abort(new Error("SIGINT")),
    });
    await expect(stopped).rejects.toThrow("SIGINT");
    expect((await stack.readState(options)).lock).toEqual({ is: "free" });
    await expect(stack.preview({ signal: never, timeoutMs: 50 })).rejects.toMatchObject({
      code: "timeout",
    });
  });

  it("refuses what is no key, and a folder that is no project", async () => {
    await expect(
      stack.setConfig("--secret", oldUrl, { ...options, secret: true }),
    ).rejects.toBeInstanceOf(UsageError);
    if (found.is !== "found") return;
    const elsewhere = openStack({
      pulumi: found.pulumi,
      directory: path.join(folder, "home"),
      stack: "dev",
      env,
    });
    await expect(elsewhere.readState(options)).rejects.toBeInstanceOf(UsageError);
  });
});

const posix = { meta: { whenSkipped: "needs a POSIX shell" } };

describe.runIf(process.platform !== "win32")("a CLI that misbehaves", posix, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "osm-pulumi-bad-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function cli(script: string): Promise<PulumiStack> {
    const file = path.join(folder, "pulumi");
    await writeFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return openStack({
      pulumi: { path: file, version: "3.230.0" },
      directory: folder,
      stack: "dev",
      env: { PATH: "/usr/bin:/bin" },
    });
  }

  it("an update or preview that ends well but says nothing is not taken as done", async () => {
    const quiet = await cli(`echo '{"sequence":0,"cancelEvent":{}}'`);
    await expect(quiet.up(options)).rejects.toBeInstanceOf(UnreadableError);
    await expect(
      (await cli(`echo '{"steps":[],"changeSummary":{}}'`)).preview(options),
    ).rejects.toBeInstanceOf(UnreadableError);
    await expect((await cli(`echo '{"steps":['`)).preview(options)).rejects.toBeInstanceOf(
      UnreadableError,
    );
  });

  it("a value that is echoed in a complaint is hidden, and is never on the command line", async () => {
    const echoing = await cli(
      `printf '%s\\n' "$*" > args; echo "error: bad value $(cat)" >&2; exit 1`,
    );
    const value = new Secret("canary value");
    const error: unknown = await echoing
      .setConfig("key", value, { ...options, secret: true })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ProviderError);
    expect((error as Error).message).toContain("bad value [secret]");
    expect(await readFile(path.join(folder, "args"), "utf8")).toBe(
      "config set key --secret --stack dev --non-interactive --color never\n",
    );
  });
});
