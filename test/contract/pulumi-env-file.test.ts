/**
 * The provider under tools/pulumi: the real engine deploys a setting to a file.
 * Its program is the committed example, so the example is proven too.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseEnv, promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import { findPulumi, openStack, type PulumiStack } from "../../src/providers/pulumi/index.ts";

const root = path.resolve(import.meta.dirname, "../..");
const built = path.join(root, ".tools/bin");
const signal = new AbortController().signal;
const inPath = (process.env["PATH"] ?? "").split(path.delimiter);
const found = await findPulumi([...inPath, built], signal);
const there = found.is === "found" && existsSync(path.join(built, "pulumi-resource-setting"));

const real = { timeout: 60_000, meta: { whenSkipped: "needs the Pulumi CLI and .tools/bin" } };

describe.runIf(there)("a setting deployed by the real engine", real, () => {
  const api = expect.stringMatching(/::setting:index:EnvFile::api$/) as string;
  let folder: string;
  let envFile: string;
  let stack: PulumiStack;

  const set = (key: string, value: string, secret = false): Promise<void> =>
    stack.setConfig(key, new Secret(value), { signal, secret });
  const variables = async (file = envFile): Promise<unknown> =>
    parseEnv(await readFile(file, "utf8"));
  const changes = async () =>
    (await stack.preview({ signal })).steps
      .filter(({ op }) => op !== "same")
      .map(({ op, urn, diffs }) => ({ op, urn, diffs }));

  beforeAll(async () => {
    if (found.is !== "found") return;
    folder = await mkdtemp(path.join(os.tmpdir(), "osm-pulumi-setting-"));
    for (const name of ["program", "state", "home"]) await mkdir(path.join(folder, name));
    envFile = path.join(folder, "api.env");
    const example = await readFile(path.join(root, "tools/pulumi/example/Pulumi.yaml"), "utf8");
    expect(example).toContain("path: ../../../.tools/bin ");
    await writeFile(
      path.join(folder, "program/Pulumi.yaml"),
      example.replace("../../../.tools/bin", built),
    );
    const env = {
      PATH: [path.dirname(found.pulumi.path), ...inPath].join(path.delimiter),
      HOME: path.join(folder, "home"),
      PULUMI_HOME: path.join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "canary-passphrase",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
    const directory = path.join(folder, "program");
    await promisify(execFile)(found.pulumi.path, ["stack", "init", "dev", "--non-interactive"], {
      cwd: directory,
      env,
    });
    stack = openStack({ pulumi: found.pulumi, directory, stack: "dev", env });
    await set("databaseUrl", "postgres://app:canary-old@old.example/db", true);
    await set("envFile", envFile);
    await stack.up({ signal });
  }, 120_000);
  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it("is written for its owner only, and then there is nothing to do", async () => {
    expect(await variables()).toEqual({
      DATABASE_URL: "postgres://app:canary-old@old.example/db",
      NODE_ENV: "production",
    });
    expect((await stat(envFile)).mode & 0o777).toBe(0o600);
    expect(await changes()).toEqual([]);
  });

  it("a changed secret is previewed as an update, and only the update rewrites the file", async () => {
    const url = 'postgres://app:canary-new@new.example/db?options=-c $x="1"';
    const before = await readFile(envFile, "utf8");
    await set("databaseUrl", url, true);
    expect(await changes()).toEqual([
      { op: "update", urn: api, diffs: ["variables.DATABASE_URL"] },
    ]);
    expect(await readFile(envFile, "utf8")).toBe(before);
    const { changes: summary } = await stack.up({ signal });
    expect(summary).toEqual({ same: 1, update: 1 });
    expect(await variables()).toEqual({ DATABASE_URL: url, NODE_ENV: "production" });
    expect(await changes()).toEqual([]);
  });

  it("another path is a replacement: the new file is written and the old one goes", async () => {
    const other = path.join(folder, "other.env");
    await set("envFile", other);
    expect(await changes()).toEqual([{ op: "replace", urn: api, diffs: ["path"] }]);
    await stack.up({ signal });
    expect([existsSync(envFile), existsSync(other)]).toEqual([false, true]);
    await set("envFile", envFile);
    await stack.up({ signal });
    expect([existsSync(envFile), existsSync(other)]).toEqual([true, false]);
  });

  it("a value that programs would read differently is refused, and nothing is written", async () => {
    const before = await readFile(envFile, "utf8");
    await set("databaseUrl", "canary'quote", true);
    const refused = await stack.up({ signal }).catch((error: unknown) => error);
    expect((refused as Error).message).toContain("single quote");
    expect((refused as Error).message).not.toContain("canary");
    expect(await readFile(envFile, "utf8")).toBe(before);
  });
});
