/**
 * A whole run of the built program from PostgreSQL 15 to 17, under writes, the
 * applications re-pointed by the real Pulumi CLI: what it says, what it leaves,
 * what it asked the clouds for, and that no secret was seen on the way.
 */
import { spawn } from "node:child_process";
import { copyFile, mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { TimedEvent } from "../../src/core/event.ts";
import type { ClientStory } from "../../src/rehearsal/stage/testimony.ts";
import type { Ended } from "../support/program.ts";
import { hasPulumi, needsPulumi } from "../support/pulumi-cli.ts";
import {
  secretsBelow,
  secretsIn,
  secretsOf,
  watchSecrets,
  type Sightings,
} from "../support/secret-watch.ts";
import { requests, withStage, writesOn } from "../support/stage.ts";

describe.runIf(hasPulumi)("a whole run", needsPulumi, () => {
  const set = withStage({ pulumi: true, rows: 20_000, writes: 100 });
  let plan: string;
  let run: Ended;
  let events: readonly TimedEvent[];
  let seen: Sightings;

  beforeAll(async () => {
    plan = await set.current.plan("short-outage", (steps) => [
      ...steps.map((step) => (step.kind === "data-equal" ? { ...step, within: "1ms" } : step)),
      { id: "rest-equal", kind: "rest-equal" },
    ]);
    const tool = set.current.start(["run"], plan);
    const watch = watchSecrets(secretsOf(set.current.stage.environment), {
      program: tool.pid,
      // Its plug-ins are named so as well: they are handed what the CLI is.
      mayKnow: { pulumi: ["REHEARSAL_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE"] },
      folders: [set.current.state, set.current.temporary],
    });
    run = await tool.ended;
    events = tool.events;
    seen = await watch.end();
  }, 240_000);

  test("ends well, with every step satisfied and journaled", async () => {
    expect(run.code, run.err).toBe(0);
    const journal = await set.current.journal();
    const steps = events.flatMap((event) => (event.type === "run-started" ? event.steps : []));
    expect(steps.length).toBeGreaterThan(10);
    const proven = journal.flatMap((entry) => (entry.type === "satisfied" ? [entry.step] : []));
    expect(proven).toEqual(steps.map(({ id }) => id));
    expect(journal.at(-1)?.type).toBe("finished");
    expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, index) => index + 1));
    expect(journal.filter(({ type }) => type === "action-began").length).toBe(
      journal.filter(({ type }) => type === "action-ended").length,
    );
  });

  test("compares what it only counted within the outage in the held snapshots, while applications write", async () => {
    const acted = events.flatMap((event) =>
      event.type === "action-ended" && event.step === "rest-equal" ? [event.action.id] : [],
    );
    // Nobody can tell which tables were written since `copy-agrees`; the client's always is.
    expect(acted).toContain("compare-held api");
    expect(acted.filter((id) => id.startsWith("compare-since"))).toEqual([]);
    const satisfied = events.find(
      (event) => event.type === "step-satisfied" && event.step === "rest-equal",
    );
    expect(satisfied).toMatchObject({ because: expect.stringContaining("hold the same") });
  });

  test("asks each cloud for each change once", async () => {
    const { azure, digitalOcean, migrations } = await set.current.look();
    expect(migrations).toHaveLength(1);
    expect(migrations[0]?.state).toBe("Succeeded");
    expect(requests(azure, "PUT", /\/migrations\//)).toHaveLength(1);
    expect(requests(azure, "PATCH", /\/migrations\//)).toHaveLength(1);
    // Lowered, then flipped.
    expect(requests(digitalOcean, "PATCH", /\/records\//)).toHaveLength(2);
    expect(requests(digitalOcean, "POST", /./)).toEqual([]);
    expect(requests(digitalOcean, "DELETE", /./)).toEqual([]);
  });

  test("shows no secret on any command line, in what it prints, or in what it leaves", async () => {
    const secrets = secretsOf(set.current.stage.environment);
    expect(secrets.size).toBeGreaterThanOrEqual(8);
    expect([...seen.programs]).toEqual(expect.arrayContaining(["pg_dump", "pulumi"]));
    expect([...seen.environments]).toEqual(expect.arrayContaining(["pg_dump", "pulumi"]));
    expect([...seen.files]).toEqual(
      expect.arrayContaining(["passwords", "toc.dat", "apps-repointed.staged.yaml"]),
    );
    expect(seen.found).toEqual([]);
    expect(secretsIn(`${run.out}${run.err}`, secrets)).toEqual([]);
    expect(await secretsBelow(set.current.state, secrets)).toEqual([]);
    expect(await readdir(set.current.temporary)).toEqual([]);
    // Watches that find nothing anywhere would prove nothing.
    const canary = [...secrets.values()][0] ?? "";
    const careless = spawn(process.execPath, ["-e", "process.stdin.resume()", canary], {
      env: { CANARY: canary },
    });
    const control = watchSecrets(secrets, {
      program: process.pid,
      folders: [path.dirname(set.current.stage.planFile)],
    });
    await expect
      .poll(() => [...control.found].join("; "), { timeout: 10_000 })
      .toMatch(/(?=.*on the command line of: )(?=.*in the environment of: )(?=.* has mode )/);
    careless.kill();
    await control.end();
    const copies = path.join(set.current.folder, "copies");
    await mkdir(copies, { recursive: true });
    await copyFile(path.join(set.current.folder, "app.env"), path.join(copies, "app.env"));
    expect(await secretsBelow(copies, secrets)).not.toEqual([]);
  });

  test("a second run, resumed or not, has nothing to do and does nothing", async () => {
    const before = await set.current.look();
    const journal = await set.current.journal();
    for (const words of [
      ["run", "--plain"],
      ["run", "--plain", "--resume"],
    ]) {
      const again = await set.current.tool(words, plan);
      expect(again.code, again.err).toBe(0);
      expect(again.out).toContain("Nothing to do");
    }
    expect(await set.current.journal()).toEqual(journal);
    expect(await set.current.look()).toEqual(before);
  });

  test("status tells where the run stands", async () => {
    const status = await set.current.tool(["status"], plan);
    expect(status.code).toBe(0);
    expect(status.out).toContain("finished");
    expect(status.out).toContain("service-healthy");
    expect(status.out).toContain("verify");
  });

  test("undo is refused past the point of no return, and changes nothing", async () => {
    const undo = await set.current.tool(["undo", "--plain"], plan);
    expect(undo.code).toBe(2);
    expect(undo.err).toMatch(/passed its point of no return in step \S+ at \d{4}-/);
    await writesOn(set.current, "target");
  });

  test("verify tells what applications wrote since from what differs", async () => {
    const sound = await set.current.tool(["verify"], plan);
    expect(sound.code, sound.out + sound.err).toBe(0);
    expect(sound.out).toMatch(/database api: equal/);
    expect(sound.out).toMatch(/[\d,]+ written.*: "public"."rehearsal_writes"/);
    expect(sound.out).toMatch(/database insights: equal/);
    expect(sound.out).toMatch(/service-healthy: equal/);
    expect(sound.out).toMatch(/source: equal. it is read-only, nothing was written to it/);
    expect(sound.out).toMatch(/target: equal. applications are connected to it .*api_app 1/);
    expect(sound.out).not.toContain("statistics-missing");
    expect(sound.out).not.toContain("log-ins-allowed-on-source");
    await set.current.onSource("defaultdb", async (client) => {
      await client.query("SET default_transaction_read_only = off");
      await client.query("ALTER ROLE insights_app LOGIN");
    });
    const allowed = await set.current.tool(["verify"], plan);
    expect(allowed.code, allowed.out).toBe(0);
    expect(allowed.out).toContain("[log-ins-allowed-on-source]");
    expect(allowed.out).toContain('ALTER ROLE "insights_app" NOLOGIN;');
    expect(allowed.out).not.toContain('ALTER ROLE "api_app" NOLOGIN;');
    const stale = await set.current.onSource(
      "insights",
      async (client) => {
        await client.query("SET application_name = 'left-behind'");
        return set.current.tool(["verify"], plan);
      },
      "insights_app",
    );
    expect(stale.code, stale.out).toBe(3);
    expect(stale.out).toContain("still connected to the source (sessions: insights_app 1)");
    expect(stale.out).toContain("WHERE usename IN ('insights_app')");
    await set.current.onSource("insights", async (client) => {
      await client.query("SET default_transaction_read_only = off");
      await client.query("UPDATE public.measurements SET value = value WHERE true");
    });
    const split = await set.current.tool(["verify"], plan);
    expect(split.code, split.out).toBe(3);
    expect(split.out).toMatch(/insights: the source was written to since .* rows were written/s);
    expect(split.out).toContain("[source-written-since-freeze]");
    await set.current.onTarget("insights", async (client) => {
      await client.query("SET default_transaction_read_only = off");
      await client.query("DROP INDEX public.measurements_key");
      await client.query("CREATE TABLE public.bare AS SELECT generate_series(1, 9)");
    });
    const damaged = await set.current.tool(["verify"], plan);
    expect(damaged.code, damaged.out).toBe(3);
    expect(damaged.out).toContain("measurements_key");
    expect(damaged.out).toMatch(/statistics-missing\]\s+"public"."bare"/);
  }, 240_000);

  test("no acknowledged write is missing, and the outage was measured", async () => {
    const story: ClientStory["client"] = await set.current.story(events);
    expect(story.missing).toBe(0);
    expect(story.acknowledged).toBeGreaterThan(500);
    expect(story.longestOutageMs).toBeGreaterThan(0);
    expect(story.outageByStep.map(({ step }) => step)).toContain("cutover-complete");
    const split = story.outageByStep.reduce((sum, { ms }) => sum + ms, 0);
    expect(split).toBeCloseTo(story.longestOutageMs, 0);
    const { servers } = await set.current.testimony();
    expect(servers.map(({ server }) => server.split(":").at(-1))).toEqual(
      [set.current.stage.cloud.facts.source, set.current.stage.cloud.facts.target].map(({ port }) =>
        String(port),
      ),
    );
  });
});
