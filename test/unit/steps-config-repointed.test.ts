/** Re-pointing: what is done to a stack or a file, what crosses, and what a stop takes back. */
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ActionError } from "../../src/core/errors.ts";
import type { ActionContext, Note } from "../../src/core/step.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { decidePulumi } from "../../src/steps/config-repointed/decide.ts";
import { configRepointed } from "../../src/steps/config-repointed/index.ts";
import { settings } from "../../src/steps/config-repointed/settings.ts";
import { decideFile, type FileSeen } from "../../src/steps/config-repointed/through-file.ts";
import type { PulumiSeen } from "../../src/steps/config-repointed/through-pulumi.ts";
import type { Preview } from "../../src/providers/pulumi/index.ts";
import type { World } from "../../src/steps/world.ts";
import { contextOf, findingsOf } from "../support/preflight.ts";

const codes = (verdict: Verdict) => findingsOf(verdict).map(({ code }) => code);
const actions = (verdict: Verdict) =>
  verdict.is === "unmet" ? verdict.actions.map(({ id }) => id) : [verdict.is];

describe("a file", () => {
  const done: FileSeen = {
    through: "file",
    file: "/app/.env",
    differing: [],
    keys: ["URL"],
    mode: 0o600,
  };

  it("that leads to the target is past the point of no return, whoever wrote it", () => {
    expect(decideFile(done)).toMatchObject({ is: "satisfied", pastPointOfNoReturn: true });
  });

  it("that does not is written, which crosses it", () => {
    expect(decideFile({ ...done, differing: ["URL"] })).toMatchObject({
      is: "unmet",
      actions: [{ id: "write-file", crossesPointOfNoReturn: true }],
    });
    expect(actions(decideFile({ ...done, mode: 0o644 }))).toEqual(["write-file"]);
  });

  const fullNeeded = { meta: { whenSkipped: "needs Linux's /dev/full" } };
  // The kernel's own always-full device: every write to it is ENOSPC.
  it.skipIf(!existsSync("/dev/full"))(
    "whose copy finds the disk full stays as it is",
    fullNeeded,
    async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), "osm-test-"));
      try {
        await symlink("/dev/full", path.join(folder, "apps-repointed.before.env"));
        await writeFile(path.join(folder, "app.env"), "URL=old\n", { mode: 0o600 });
        const world = {
          places: { plan: folder, run: folder },
          references: { text: (text: string) => text },
        } as unknown as World;
        const given = { file: { path: "app.env", set: { URL: "new" } } };
        const noted: string[] = [];
        const context = {
          ...contextOf({ step: "apps-repointed" }),
          note: async (name: string) => void noted.push(name),
        };
        const action = { id: "write-file", summary: "", touches: "files" } as const;
        const error = await configRepointed
          .apply(action, world, settings.parse(given), context)
          .catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(ActionError);
        expect(error).toMatchObject({
          message: expect.stringContaining("the disk is full (ENOSPC)") as string,
          meaning: expect.stringContaining("Nothing was changed") as string,
          remedy: "Make room (`df -h`, `df -i`), then: opensauced-migrate run --resume",
        });
        expect(noted).toEqual([]);
        expect(await readFile(path.join(folder, "app.env"), "utf8")).toBe("URL=old\n");
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );
});

const urn = "urn:pulumi:prod::apps::kubernetes:core/v1:Secret::api-database";

function preview(op: string): Preview {
  const step = { op, urn, type: "kubernetes:core/v1:Secret", diffs: [], replaces: [] };
  return { steps: [step], changeSummary: { [op]: 1 }, errors: [], maybeCorrupt: false };
}

const pulumi = settings.parse({
  pulumi: { dir: "apps", stack: "prod", secrets: { url: "x" }, expect: ["api-database"] },
}).pulumi;

type Seen = Extract<PulumiSeen, { is: "seen" }>;

const seen: Seen = {
  through: "pulumi",
  is: "seen",
  stack: "prod",
  state: {
    project: "apps",
    settings: { file: "Pulumi.prod.yaml", text: "", sha256: "a" },
    pending: [],
    lock: { is: "free" },
  } as unknown as Seen["state"],
  differingConfig: [],
  differingOutputs: [],
  preview: preview("same"),
};

function decide(more: Partial<Seen>, noted: readonly Note[] = []) {
  if (pulumi === undefined) throw new Error("These settings are of a stack.");
  const context = contextOf({ step: "apps-repointed", notes: noted });
  return decidePulumi({ ...seen, ...more }, pulumi, context);
}

describe("a stack", () => {
  it("that leads to the target is past the point of no return, whoever updated it", () => {
    expect(decide({})).toMatchObject({ is: "satisfied", pastPointOfNoReturn: true });
  });

  it("is set, which crosses nothing, and updated, which does", () => {
    const verdict = decide({ differingConfig: ["url"], preview: undefined });
    expect(actions(verdict)).toEqual(["set-config", "update-stack"]);
    expect(verdict.is === "unmet" && verdict.actions[0].crossesPointOfNoReturn).toBeUndefined();
    expect(decide({ preview: preview("update") })).toMatchObject({
      actions: [{ id: "update-stack", crossesPointOfNoReturn: true }],
    });
  });

  it.each(["delete", "replace"])("is not updated when that would %s", (op) => {
    expect(decide({ preview: preview(op) }).is).toBe("blocked");
  });

  it("is not updated over somebody's unapplied work", () => {
    const verdict = decide({ differingConfig: ["url"], preview: preview("update") });
    expect(codes(verdict)).toEqual(["pulumi-drift"]);
  });

  it("is not updated over an interrupted update", () => {
    const pending = [{ type: "creating", urn }] as unknown as Seen["state"]["pending"];
    expect(codes(decide({ state: { ...seen.state, pending } }))).toEqual([
      "pulumi-pending-operations",
    ]);
  });

  it("is updated anew over changes that an update of this run left open, not over anything else", () => {
    const left = (...types: readonly string[]) => {
      const pending = types.map((type) => ({ type, urn }));
      return { state: { ...seen.state, pending }, preview: preview("update") };
    };
    const at = "2026-11-25T20:00:00.000Z";
    const began = [
      {
        at,
        step: "apps-repointed",
        name: "pulumi-update-began apps-repointed",
        value: { host: "here" },
      },
    ];
    expect(actions(decide(left("updating"), began))).toEqual(["update-stack"]);
    expect(codes(decide(left("updating")))).toEqual(["pulumi-pending-operations"]);
    for (const type of ["creating", "deleting"]) {
      const [finding] = findingsOf(decide(left("updating", type), began));
      expect(finding?.objects).toEqual([`${type} ${urn}`]);
    }
  });

  it("without the CLI is unknown", () => {
    if (pulumi === undefined) throw new Error("These settings are of a stack.");
    const missing = { through: "pulumi", is: "missing", message: "m", remedy: "r" } as const;
    expect(findingsOf(decidePulumi(missing, pulumi, contextOf()))).toMatchObject([
      { code: "pulumi-missing", severity: "unknown" },
    ]);
  });
});

describe("a stop before the update", () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(path.join(os.tmpdir(), "osm-test-"))));
  afterEach(() => rm(folder, { recursive: true }));

  it("puts the stack's settings back, by themselves and once", async () => {
    const file = path.join(folder, "Pulumi.prod.yaml");
    const copy = path.join(folder, "before.yaml");
    await writeFile(file, "url: target\n");
    await chmod(file, 0o644);
    await writeFile(copy, "url: source\n", { mode: 0o600 });
    const notes: Note[] = [];
    const context: ActionContext = {
      ...contextOf({ step: "apps-repointed", notes }),
      note: (name, value) => {
        notes.push({ step: "apps-repointed", name, value, at: "" });
        return Promise.resolve();
      },
    };
    const given = { pulumi } as Parameters<typeof configRepointed.apply>[2];
    // No world: neither Pulumi nor a server is needed to put a file back.
    const world = {} as World;
    const look = async () => {
      if (configRepointed.undo === undefined) throw new Error("It can be undone.");
      const now = await configRepointed.undo.observe(world, given, context);
      return configRepointed.undo.decide(now, given, context);
    };
    expect(configRepointed.undoneOnStop).toBe(true);
    expect((await look()).is).toBe("satisfied");
    await context.note("pulumi-settings-before apps-repointed", { file, copy, sha256: "a" });
    const verdict = await look();
    expect(actions(verdict)).toEqual(["restore-config"]);
    if (verdict.is !== "unmet") throw new Error("It was unmet.");
    await configRepointed.apply(verdict.actions[0], world, given, context);
    expect(await readFile(file, "utf8")).toBe("url: source\n");
    expect((await stat(file)).mode & 0o777).toBe(0o644);
    // A process that was killed right before the settings took their place left a copy beside them.
    await context.note("pulumi-settings-before apps-repointed", { file, copy, sha256: "a" });
    const left = `${file}.opensauced-migrate.new`;
    await writeFile(left, "url: target\n");
    const again = await look();
    expect(actions(again)).toEqual(["restore-config"]);
    if (again.is !== "unmet") throw new Error("It was unmet.");
    await configRepointed.apply(again.actions[0], world, given, context);
    await expect(stat(left)).rejects.toThrow("ENOENT");
    // What somebody sets from here on is theirs.
    await writeFile(file, "url: another\n");
    expect((await look()).is).toBe("satisfied");
  });
});
