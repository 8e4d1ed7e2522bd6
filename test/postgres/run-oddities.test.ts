/**
 * The services' own oddities, one after the other on one stage: each either
 * stops a run with words that name it, and leaves the source writable, or is
 * lived through. What happened is read from the cloud and the client.
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { TimedEvent } from "../../src/core/event.ts";
import type { FaultSettings } from "../../src/rehearsal/fault-switch.ts";
import { secretsBelow, secretsIn, secretsOf } from "../support/secret-watch.ts";
import { requests, withStage, writesOn } from "../support/stage.ts";

const runMs = 180_000;

describe("a run that meets what the services do at times", () => {
  const set = withStage({ pulumi: false, rows: 2_000, writes: 50 });
  const events: TimedEvent[] = [];
  let plan: string;

  beforeAll(async () => {
    plan = await set.current.plan("odd", (steps) =>
      steps.filter(({ kind }) => !["dns-ttl-lowered", "source-snapshotted"].includes(kind)),
    );
  });

  const on = (fault: string, settings?: FaultSettings) =>
    set.current.stage.cloud.fault(fault, true, settings);
  const off = (fault: string) => set.current.stage.cloud.fault(fault, false);
  const start = (...words: string[]) => set.current.start(["run", ...words], plan);

  /** What every stop before the crossing owes, and the findings that it names. */
  async function stops(tool: ReturnType<typeof start>) {
    const end = await tool.ended;
    events.push(...tool.events);
    const stopped = tool.events.findLast((event) => event.type === "run-stopped");
    if (stopped?.type !== "run-stopped") throw new Error(`It did not say how it ended: ${end.err}`);
    expect(stopped.pastPointOfNoReturn, end.err).toBe(false);
    expect(stopped.meaning).toContain("writable");
    expect(stopped.remedy).toMatch(/run --resume|undo/);
    await writesOn(set.current, "source");
    const codes = (stopped.findings ?? [])
      .filter(({ severity }) => severity === "blocks")
      .map(({ code }) => code);
    return { code: end.code, err: end.err, stopped, codes };
  }

  test.each([
    ["high-availability-on", "high-availability-on"],
    ["storage-too-small", "target-storage-short"],
    ["second-active-migration", "another-migration-active"],
    ["server-unknown-state", "target-not-ready"],
    ["digitalocean-cluster-unknown-status", "cluster-not-online"],
  ])(
    "%s: refused before anything is begun, as %s",
    async (fault, code) => {
      await on(fault);
      const begun = events.length > 0;
      const met = await stops(start(...(begun ? ["--resume"] : [])));
      await off(fault);
      expect(met.code, met.err).toBe(3);
      expect(met.codes).toEqual([code]);
      expect((await set.current.look()).migrations).toEqual([]);
    },
    runMs,
  );

  test.each([
    ["digitalocean-http-400-echo", "preflight-passed", { times: 99 }],
    ["http-400-echo", "data-streaming", { method: "PUT", path: "migrations" }],
  ])(
    "%s: what a service repeats of a request is told without its secrets",
    async (fault, step, where) => {
      await on(fault, where);
      const tool = start("--resume", "--verbose");
      const met = await stops(tool);
      await off(fault);
      expect(met.stopped.step, met.err).toBe(step);
      const { out, err } = await tool.ended;
      expect(out).toContain("[secret]");
      expect(err).toContain("[secret]");
      const secrets = secretsOf(set.current.stage.environment);
      expect(secretsIn(`${out}${err}`, secrets)).toEqual([]);
      expect(await secretsBelow(set.current.state, secrets)).toEqual([]);
    },
    runMs,
  );

  test(
    "copy-fails: Azure's words for the database, and nothing frozen",
    async () => {
      await on("copy-fails");
      const met = await stops(start("--resume"));
      await off("copy-fails");
      expect(met.code, met.err).toBe(3);
      expect(met.codes).toContain("azure-database-failed");
    },
    runMs,
  );

  test(
    "migration-gone: a migration that Azure forgot is not made twice",
    async () => {
      await on("copy-stuck");
      const tool = start("--resume");
      await tool.event(
        (event) =>
          event.type === "waiting" &&
          event.step === "data-streaming" &&
          event.reason.includes("MigratingData"),
      );
      const before = (await set.current.look()).migrations.length;
      await on("migration-gone");
      const met = await stops(tool);
      await off("migration-gone");
      await off("copy-stuck");
      expect(met.code, met.err).toBe(3);
      expect(met.codes).toEqual(["migration-gone"]);
      expect((await set.current.look()).migrations).toHaveLength(before);
    },
    runMs,
  );

  test(
    "cancel-drops-database: undo is content with a target from which Azure dropped everything",
    async () => {
      await on("cancel-drops-database");
      const undo = await set.current.tool(["undo"], plan);
      await off("cancel-drops-database");
      expect(undo.code, undo.err).toBe(0);
      const left = await set.current.onTarget("postgres", (client) =>
        client.query("SELECT 1 FROM pg_database WHERE datname IN ('api', 'insights')"),
      );
      expect(left.rowCount).toBe(0);
      await writesOn(set.current, "source");
    },
    runMs,
  );

  test(
    "token-expired behind the freeze: the source is thawed, and the call is named",
    async () => {
      await on("token-expired", { method: "PATCH" });
      const met = await stops(start());
      expect(met.code, met.err).toBe(1);
      expect(met.stopped.step).toBe("cutover-complete");
      expect(met.stopped.message).toContain("trigger the cut-over of migration");
      expect(met.stopped.message).toContain("401");
      expect(met.stopped.meaning).toContain("The freeze was undone");
    },
    runMs,
  );

  test(
    "what only warns, is slow or is lost on the way is lived through, and nothing is lost",
    async () => {
      await on("sku-too-small");
      await on("validation-warns");
      await on("progress-backwards");
      await on("operation-unknown-state");
      await on("http-429", { times: 2 });
      await on("http-503", { method: "PATCH", times: 1 });
      await on("reset-after-effect", { method: "PATCH" });
      await on("digitalocean-reset-after-effect");
      await on("digitalocean-http-truncated");
      const tool = start("--resume");
      const end = await tool.ended;
      events.push(...tool.events);
      expect(end.code, end.err).toBe(0);
      const warned = tool.events.flatMap((event) =>
        event.type === "warned" ? event.findings.map(({ code }) => code) : [],
      );
      expect(warned).toContain("azure-validation-warning");
      await writesOn(set.current, "target");
      const { migrations, azure } = await set.current.look();
      // And the one that was refused with an echo.
      expect(requests(azure, "PUT", /\/migrations\//)).toHaveLength(migrations.length + 1);
      expect((await set.current.story(events)).missing).toBe(0);
    },
    runMs,
  );
});
