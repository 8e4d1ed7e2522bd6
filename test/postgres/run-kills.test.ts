/**
 * Every action that any step kind declares, killed with SIGKILL before, during
 * and after it (and its children: alone, and together with the tool), each
 * time resumed: the world ends as after an uninterrupted run, with one of
 * everything, and no acknowledged write is lost. Which actions there are is
 * taken from the kinds; one that no rehearsal here brings about fails the
 * last test by name.
 */
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import { createAzureServer, type AzureServer } from "../../src/providers/azure/index.ts";
import { compareWithManifest, findDump } from "../../src/providers/postgres-tools/index.ts";
import { names } from "../../src/rehearsal/cloud/settings.ts";
import { kinds } from "../../src/steps/index.ts";
import { notCovered, runKilled, type KillOrders } from "../support/killed-run.ts";
import { processesOf } from "../support/killed.ts";
import type { Kill } from "../support/ledger.ts";
import { hasPulumi, needsPulumi } from "../support/pulumi-cli.ts";
import { requests, withStage, writesOn, type PlanStep } from "../support/stage.ts";
import { needsMinutes, whole } from "../support/whole.ts";

const longMs = 900_000;

/** The steps of the rehearsal's plan, and those that it lacks, in the order that each case wants. */
function planned(steps: readonly PlanStep[], ids: readonly string[]): PlanStep[] {
  const fileRepointed: PlanStep = {
    id: "file-repointed",
    kind: "config-repointed",
    file: {
      path: "${env:REHEARSAL_FOLDER}/worker.env",
      set: { DATABASE_URL: "${target:api_app@api.url}" },
    },
  };
  const restEqual: PlanStep = { id: "rest-equal", kind: "rest-equal" };
  const all = [...steps.flatMap(twoServices), fileRepointed, restEqual];
  const wanted = ids.flatMap((id) => all.filter((step) => step.id === id)).map(withMore);
  return ids.includes(restEqual.id) ? wanted.map(onlyCounted) : wanted;
}

/** An update that is killed in one service, and one that comes to its end in the other. */
function twoServices(step: PlanStep): PlanStep[] {
  if (step.id !== "apps-repointed") return [step];
  const pulumi = step["pulumi"] as { secrets: object; outputs: object };
  const of = (settings: object, ofInsights: boolean) =>
    Object.fromEntries(
      Object.entries(settings).filter(([key]) => /^insights/i.test(key) === ofInsights),
    );
  const half = (id: string, ofInsights: boolean): PlanStep => ({
    ...step,
    id,
    pulumi: {
      ...pulumi,
      secrets: of(pulumi.secrets, ofInsights),
      outputs: of(pulumi.outputs, ofInsights),
    },
  });
  return [half("apps-repointed", false), half("insights-repointed", true)];
}

/** No time for contents: all is left to `rest-equal`. */
function onlyCounted(step: PlanStep): PlanStep {
  return step.kind === "data-equal" ? { ...step, within: "1ms" } : step;
}

/** What makes the kinds that are there do all that they can. */
function withMore(step: PlanStep): PlanStep {
  if (step.kind !== "target-prepared") return step;
  return {
    ...step,
    // Fixed at the start of a server, so the target is restarted for it.
    parameters: { max_prepared_transactions: "7" },
    firewall: [
      { name: "opensauced-migrate", first: "127.0.0.1" },
      { name: "was-there", first: "127.0.0.1" },
    ],
  };
}

const ready = ["preflight-passed", "source-prepared", "target-prepared"];
const frozen = [
  "source-frozen",
  "cutover-complete",
  "access-carried",
  "sequences-advanced",
  "data-equal",
];

describe.runIf(hasPulumi)("a run that is killed at every action", needsPulumi, () => {
  const set = withStage({ pulumi: true, rows: 2_000, writes: 50 });
  const kills: Kill[] = [];
  const kindOf: Record<string, string> = {};

  async function planOf(name: string, ids: readonly string[]): Promise<string> {
    return set.current.plan(name, (steps) => {
      const own = planned(steps, ids);
      for (const { id, kind } of own) kindOf[id] = kind;
      return own;
    });
  }

  async function killed(
    plan: string,
    words: readonly string[],
    orders: KillOrders | ((known: readonly Kill[]) => KillOrders),
    seen?: (kill: Kill) => Promise<void>,
  ) {
    const given = typeof orders === "function" ? orders : () => orders;
    const run = await runKilled(set.current, {
      words,
      plan,
      kinds: kindOf,
      orders: given,
      ...(seen === undefined ? {} : { killed: seen }),
    });
    kills.push(...run.kills);
    return run;
  }

  const nobody: KillOrders = { only: [] };
  const fault = (name: string, on: boolean) => set.current.stage.cloud.fault(name, on);

  function azure(): AzureServer {
    const { environment } = set.current.stage.cloud.facts;
    return createAzureServer({
      endpoint: environment["REHEARSAL_AZURE_ENDPOINT"] ?? "",
      ca: environment["REHEARSAL_CA"] ?? "",
      credential: { token: new Secret(environment["REHEARSAL_AZURE_TOKEN"] ?? "") },
      subscriptionId: names.subscription,
      resourceGroup: names.resourceGroup,
      server: names.server,
    });
  }

  /** All that a run may change outside of its own folder, as far as it could be undone. */
  async function world() {
    const signal = AbortSignal.timeout(30_000);
    const [rules, databases, roles, source] = await Promise.all([
      azure().listFirewallRules({ signal }),
      set.current.onTarget("postgres", (client) =>
        client.query("SELECT datname FROM pg_catalog.pg_database ORDER BY 1"),
      ),
      set.current.onTarget("postgres", (client) =>
        client.query("SELECT rolname FROM pg_catalog.pg_roles ORDER BY 1"),
      ),
      set.current.onSource("api", (client) =>
        client.query(
          `SELECT (SELECT pg_catalog.jsonb_agg(slot_name) FROM pg_catalog.pg_replication_slots) AS slots,
             (SELECT pg_catalog.jsonb_agg(nspname ORDER BY nspname) FROM pg_catalog.pg_namespace) AS schemas,
             (SELECT pg_catalog.jsonb_agg(relreplident ORDER BY oid) FROM pg_catalog.pg_class WHERE relkind = 'r') AS identities,
             (SELECT pg_catalog.jsonb_agg(setconfig ORDER BY setdatabase, setrole) FROM pg_catalog.pg_db_role_setting) AS settings,
             (SELECT pg_catalog.jsonb_agg(pubname) FROM pg_catalog.pg_publication) AS publications`,
        ),
      ),
    ]);
    return {
      rules: rules.map(({ name, first, last }) => `${name} ${first} ${last}`),
      databases: databases.rows,
      roles: roles.rows,
      source: source.rows,
      pulumi: await readFile(path.join(set.current.folder, "pulumi", "Pulumi.live.yaml"), "utf8"),
    };
  }

  /** Undone, everything is as before, and nothing is left lying about. */
  async function expectUndone(before: Awaited<ReturnType<typeof world>>): Promise<void> {
    expect((await set.current.journal()).at(-1)?.type).toBe("withdrawn");
    expect(await world()).toEqual(before);
    const files = await readdir(set.current.state, { recursive: true });
    expect(files.filter((file) => file.endsWith(".staged.yaml"))).toEqual([]);
    await expectNothingLeft();
    await writesOn(set.current, "source");
  }

  async function expectNothingLeft(): Promise<void> {
    const files = await readdir(set.current.folder, { recursive: true });
    expect(files.filter((file) => /partial|\.new$|\.tmp|~$/.test(file))).toEqual([]);
    await expect.poll(() => processesOf("pg_dump", set.current.state)).toEqual([]);
    await expect.poll(() => processesOf("/pulumi", "", set.current.folder)).toEqual([]);
  }

  let before: Awaited<ReturnType<typeof world>>;

  beforeAll(async () => {
    const signal = AbortSignal.timeout(30_000);
    await azure().putFirewallRule(
      { name: "was-there", first: "10.0.0.1", last: "10.0.0.2" },
      { signal },
    );
    before = await world();
  });

  test(
    "in the undo of a prepared target",
    async ({ skip }) => {
      skip(!whole, needsMinutes);
      const plan = await planOf("prepared", [...ready, "dns-ttl-lowered", "data-streaming"]);
      const run = await killed(plan, ["run", "--until", "dns-ttl-lowered"], nobody);
      expect(run.end.code, run.end.err).toBe(0);
      const undo = await killed(plan, ["undo"], {});
      expect(undo.end.code, undo.end.err).toBe(0);
      await expectUndone(before);
    },
    longMs,
  );

  test(
    "in the dump, and resumed while the old pg_dump still lives",
    async () => {
      const plan = await planOf("dumped", [
        "preflight-passed",
        "source-snapshotted",
        "source-prepared",
      ]);
      // The preflight looks at tables too, and would wait for the lock.
      const passed = await killed(plan, ["run", "--until", "preflight-passed"], nobody);
      expect(passed.end.code, passed.end.err).toBe(0);
      const resumed = await set.current.onSource("api", async (client) => {
        await client.query("BEGIN READ WRITE");
        await client.query("LOCK TABLE public.invoices IN ACCESS EXCLUSIVE MODE");
        const words = ["run", "--resume", "--until", "source-snapshotted"];
        const tool = set.current.start(words, plan);
        await waitForLock(1);
        tool.kill("SIGKILL");
        await tool.ended;
        expect(await processesOf("pg_dump", set.current.state)).toHaveLength(1);
        const second = set.current.start(words, plan);
        await waitForLock(2);
        await client.query("ROLLBACK");
        return second;
      });
      const end = await resumed.ended;
      expect(end.code, end.err).toBe(0);
      await expectOneSnapshot();
      const undo = await killed(plan, ["undo"], nobody);
      expect(undo.end.code, undo.end.err).toBe(0);
      await expectUndone(before);
    },
    longMs,
  );

  const waitForLock = (count: number) =>
    expect
      .poll(
        () =>
          set.current.onSource("api", async (client) => {
            const { rows } = await client.query<{ n: number }>(
              "SELECT count(*)::int AS n FROM pg_catalog.pg_locks WHERE NOT granted AND relation = 'public.invoices'::pg_catalog.regclass",
            );
            return rows[0]?.n;
          }),
        { timeout: 60_000 },
      )
      .toBeGreaterThanOrEqual(count);

  test(
    "when a failed copy is given up, in the middle of the next one, and in its undo",
    async ({ skip }) => {
      skip(!whole, needsMinutes);
      const plan = await planOf("copied", [
        ...ready,
        "config-staged",
        "data-streaming",
        ...frozen,
        "apps-repointed",
      ]);
      await fault("copy-fails", true);
      const failed = await killed(plan, ["run"], nobody);
      expect(failed.end.code, failed.end.err).toBe(3);
      await fault("copy-fails", false);
      await fault("copy-stuck", true);
      const words = ["run", "--resume", "--until", "data-streaming"];
      const created = { at: '"name":"seen osm\\w+t2b1"', name: "SIGKILL" } as const;
      const retired = await killed(plan, words, { only: ["retire-attempt"], signal: created });
      expect(retired.kills.at(-1)?.moment, retired.end.err).toBe("signal");
      const stuck = set.current.start(words, plan);
      await stuck.event((event) => event.type === "waiting" && /MigratingData/.test(event.reason));
      stuck.kill("SIGKILL");
      await stuck.ended;
      await fault("copy-stuck", false);
      const run = await killed(plan, words, nobody);
      expect(run.end.code, run.end.err).toBe(0);
      const { azure: asked } = await set.current.look();
      expect(requests(asked, "PUT", /\/migrations\/osm\w+t1b1/)).toHaveLength(1);
      expect(requests(asked, "PUT", /\/migrations\/osm\w+t2b1/)).toHaveLength(1);
      const undo = await killed(plan, ["undo"], {
        only: ["cancel-migration", "drop-target-database", "drop-marker-table", "delete-staged"],
      });
      expect(undo.end.code, undo.end.err).toBe(0);
      await expectUndone(before);
    },
    longMs,
  );

  test(
    "when a copy that was thawed under is cancelled, and in the undo of a freeze",
    async ({ skip }) => {
      skip(!whole, needsMinutes);
      const plan = await planOf("frozen", [
        ...ready,
        "data-streaming",
        "config-staged",
        ...frozen,
        "apps-repointed",
      ]);
      const asked = { at: '"name":"cutover-triggered', name: "SIGKILL" } as const;
      await killed(plan, ["run"], { only: [], signal: asked });
      const again = { at: '"type":"satisfied","step":"source-frozen"', name: "SIGTERM" } as const;
      const stopped = await killed(plan, ["run", "--resume"], { only: [], signal: again });
      expect(stopped.end.code, stopped.end.err).toBe(130);
      const set1 = '"type":"action-ended","step":"apps-repointed","action":"set-config"';
      const run = await killed(plan, ["run", "--resume"], {
        only: ["cancel-migration"],
        signal: { at: set1, name: "SIGKILL" },
      });
      expect(run.kills.at(-1)?.moment, run.end.err).toBe("signal");
      const undo = await killed(plan, ["undo"], {
        only: ["restore-config", "retire-attempt", "allow-writes", "end-read-only-sessions"],
      });
      expect(undo.end.code, undo.end.err).toBe(0);
      await expectUndone(before);
    },
    longMs,
  );

  test(
    "while what was only counted is compared: in the held snapshots, and by the manifest once they are gone",
    async ({ skip }) => {
      skip(!whole, needsMinutes);
      // It ends behind the freeze: nobody writes, and the manifest tells all.
      const plan = await planOf("rest", [...ready, "data-streaming", ...frozen, "rest-equal"]);
      const only = ["compare-held", "compare-since"];
      // Each kill takes the snapshots with it, so one run has them killed at one moment.
      for (const moments of [["before"], ["during"]]) {
        const run = await killed(plan, ["run"], { only });
        expect(run.end.code, run.end.err).toBe(0);
        const held = run.kills.filter(({ action }) => action === "compare-held");
        expect(held.map(({ moment }) => moment)).toEqual(moments);
        const satisfied = run.events.findLast((event) => event.type === "step-satisfied");
        expect(satisfied).toMatchObject({ step: "rest-equal" });
        const undo = await killed(plan, ["undo"], nobody);
        expect(undo.end.code, undo.end.err).toBe(0);
        await expectUndone(before);
      }
    },
    longMs,
  );

  test(
    "from the beginning to the end of a migration",
    async ({ skip }) => {
      skip(!whole, needsMinutes);
      await fault("waits-for-start", true);
      await fault("sequence-set-back", true);
      const earlier = await set.current.look();
      const updatesBefore = await updates();
      const plan = await planOf("whole", [
        "preflight-passed",
        "source-prepared",
        "dns-ttl-lowered",
        "source-snapshotted",
        "target-prepared",
        "data-streaming",
        "copy-agrees",
        // Behind the freeze a failure of a child would thaw, which is undone by other actions.
        "config-staged",
        ...frozen,
        "apps-repointed",
        "insights-repointed",
        "file-repointed",
        "dns-flipped",
        "service-healthy",
      ]);
      const orders = (known: readonly Kill[]): KillOrders => {
        const locks = known.filter(({ action }) => action === "remove-stale-lock");
        const update = { action: "update-stack", moment: "both" } as const;
        return locks.length < 3 ? { again: update } : {};
      };
      const run = await killed(plan, ["run"], orders, async ({ action, moment }) => {
        if (action === "write-markers" && moment === "before") await writeLate();
        if (action !== "refuse-writes" || moment !== "after") return;
        const status = await set.current.tool(["status"], plan);
        expect(status.out).toContain("FROZEN");
        expect(status.out).toContain("run --resume");
      });
      expect(run.end.code, run.end.err).toBe(0);
      await writesOn(set.current, "target");
      expect((await set.current.journal()).at(-1)?.type).toBe("finished");
      const { azure: asked, migrations, digitalOcean } = await set.current.look();
      expect(migrations.at(-1)?.state).toBe("Succeeded");
      const since = asked.slice(earlier.azure.length);
      expect(requests(since, "PUT", /\/migrations\//)).toHaveLength(1);
      // The answer to Azure's question, and the cut-over.
      expect(requests(since, "PATCH", /\/migrations\//)).toHaveLength(2);
      const records = digitalOcean.slice(earlier.digitalOcean.length);
      // The lower TTL, and the flip.
      expect(requests(records, "PATCH", /\/records\//)).toHaveLength(2);
      expect((await updates()) - updatesBefore).toBe(2);
      await expectOneSnapshot();
      await expectNothingLeft();
      const slots = await set.current.onSource("api", (client) =>
        client.query("SELECT slot_name FROM pg_catalog.pg_replication_slots"),
      );
      expect(slots.rows).toEqual([]);
      for (const file of ["app.env", "worker.env"]) {
        const env = await readFile(path.join(set.current.folder, file), "utf8");
        expect(env).toContain(`:${set.current.stage.cloud.facts.target.port}/`);
      }
      const story = await set.current.story(run.events);
      expect(story.missing).toBe(0);
      expect(story.acknowledged).toBeGreaterThan(500);
    },
    longMs,
  );

  /** A session from within the freeze that steps over its read-only default; ended, it has changed nothing. */
  async function writeLate(): Promise<void> {
    await new Promise<void>((begun, reject) => {
      const session = set.current.onSource("api", async (client) => {
        await client.query("SET application_name = 'late'");
        await client.query("BEGIN READ WRITE");
        await client.query("SELECT pg_catalog.txid_current()");
        const over = once(client, "end");
        begun();
        await over;
      });
      session.catch(reject);
    });
  }

  /** Those that Pulumi itself says have changed a resource and come to their end. */
  async function updates(): Promise<number> {
    const folder = path.join(set.current.folder, "pulumi-state", ".pulumi", "history");
    const files = await readdir(folder, { recursive: true });
    const texts = files
      .filter((file) => file.endsWith(".history.json"))
      .map((file) => readFile(path.join(folder, file), "utf8"));
    const histories = (await Promise.all(texts)).map(
      (text) => JSON.parse(text) as { result: string; resourceChanges?: { [op: string]: number } },
    );
    return histories.filter(
      ({ result, resourceChanges = {} }) =>
        result === "succeeded" && Object.keys(resourceChanges).some((op) => op !== "same"),
    ).length;
  }

  async function expectOneSnapshot(): Promise<void> {
    const [opened] = await set.current.journal();
    const run = opened?.type === "opened" ? opened.run : "";
    const snapshot = path.join(set.current.state, run, "snapshot");
    expect((await readdir(snapshot)).toSorted()).toEqual(["api", "insights", "roles.sql"]);
    for (const name of ["api", "insights"]) {
      const dump = await findDump(path.join(snapshot, name));
      if (dump.is !== "whole") throw new Error(`The dump of ${name} is ${dump.is}.`);
      const { directory, manifest } = dump.dump;
      expect(await compareWithManifest(directory, manifest, AbortSignal.timeout(10_000))).toEqual(
        [],
      );
    }
  }

  test("at every action that any step kind declares", ({ skip }) => {
    skip(!whole, needsMinutes);
    expect(notCovered(kills, kinds, kindOf)).toEqual([]);
  });
});
