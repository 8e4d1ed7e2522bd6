/**
 * PostgreSQL servers that die under a run and come back: the source and the
 * target in the copy, at the freeze, at the cut-over and in the comparison, as
 * a crash and as an ordinary restart. The run ends finished, or stops with the
 * source writable and goes on from there; no acknowledged write is lost.
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { TimedEvent } from "../../src/core/event.ts";
import { began, type RunningTool } from "../support/running-tool.ts";
import { requests, withStage, writesOn } from "../support/stage.ts";
import { whenWhole, whole } from "../support/whole.ts";

const runMs = 240_000;

interface Strike {
  readonly name: string;
  readonly at: (event: TimedEvent) => boolean;
  readonly server: "source" | "target";
  readonly mode: "fast" | "immediate";
  /** On from before, and off once it has struck: holds the copy where it is. */
  readonly fault?: string;
  /** The copy loses its snapshot, and Azure's service gives it up: the run ends before the next one. */
  readonly stops?: true;
}

const copying = (event: TimedEvent): boolean =>
  event.type === "waiting" &&
  event.step === "data-streaming" &&
  event.reason.includes("MigratingData");
const comparing = (event: TimedEvent): boolean =>
  event.type === "progress" && event.step === "data-equal";
const satisfied = (step: string) => (event: TimedEvent) =>
  event.type === "step-satisfied" && event.step === step;

/** In the order in which a run comes by. */
const strikes: readonly Strike[] = [
  {
    name: "source crashes in the copy",
    at: copying,
    server: "source",
    mode: "immediate",
    fault: "copy-stuck",
    stops: true,
  },
  {
    name: "target restarts in the copy",
    at: copying,
    server: "target",
    mode: "fast",
    fault: "copy-stuck",
  },
  {
    name: "target crashes behind the copy",
    at: satisfied("data-streaming"),
    server: "target",
    mode: "immediate",
  },
  {
    name: "source restarts in the comparison beside the applications",
    at: began("copy-agrees", "compare"),
    server: "source",
    mode: "fast",
  },
  {
    name: "source restarts at the freeze",
    at: began("source-frozen", "end-sessions"),
    server: "source",
    mode: "fast",
  },
  {
    name: "source crashes behind the freeze",
    at: began("cutover-complete", "write-markers"),
    server: "source",
    mode: "immediate",
  },
  {
    name: "target crashes at the cut-over",
    at: began("cutover-complete", "trigger-cutover"),
    server: "target",
    mode: "immediate",
  },
  { name: "target crashes in the comparison", at: comparing, server: "target", mode: "immediate" },
  { name: "source restarts in the comparison", at: comparing, server: "source", mode: "fast" },
];

interface Stopped {
  readonly struck: readonly string[];
  readonly code: number | null;
  readonly stop: Extract<TimedEvent, { type: "run-stopped" }>;
}

describe.skipIf(!whole)("a server that dies", whenWhole, () => {
  const set = withStage({ pulumi: false, rows: 20_000, writes: 50 });
  const events: TimedEvent[] = [];
  let plan: string;

  beforeAll(async () => {
    plan = await set.current.plan("dying-servers", (steps) =>
      steps.filter(({ kind }) => !["dns-ttl-lowered", "source-snapshotted"].includes(kind)),
    );
  });

  async function strike({ server, mode, fault }: Strike): Promise<void> {
    await set.current.stage.cloud.restart(server, mode);
    if (fault !== undefined) await set.current.stage.cloud.fault(fault, false);
  }

  /** Carries the run until it ends; takes the strikes that it came by off the list. */
  async function carried(words: readonly string[], left: Strike[]): Promise<Stopped> {
    const tool: RunningTool = set.current.start(["run", ...words], plan);
    const struck: string[] = [];
    let since = 0;
    for (let next = left[0]; next !== undefined; next = left[0]) {
      if (next.fault !== undefined) await set.current.stage.cloud.fault(next.fault, true);
      const reached = await Promise.race([
        tool
          .event((event) => tool.events.indexOf(event) >= since && next.at(event))
          .then(
            () => true,
            () => false,
          ),
        tool.ended.then(() => false),
      ]);
      if (!reached) break;
      left.shift();
      struck.push(next.name);
      since = tool.events.length;
      await strike(next);
      if (next.stops !== true) continue;
      const streaming = (event: TimedEvent) =>
        tool.events.indexOf(event) >= since && satisfied("data-streaming")(event);
      const survived = await Promise.race([
        tool.event(streaming).then(
          () => true,
          () => false,
        ),
        tool.ended.then(() => false),
      ]);
      if (!survived) break;
      // The source was dumped already, and there is no copy any more that the next could meet.
      left.shift();
    }
    const end = await tool.ended;
    events.push(...tool.events);
    const stop = tool.events.findLast((event) => event.type === "run-stopped");
    if (stop?.type !== "run-stopped") throw new Error(`It did not say how it ended: ${end.err}`);
    return { struck, code: end.code, stop };
  }

  test(
    "leaves a run that comes to its end",
    async () => {
      const left = [...strikes];
      const told: string[] = [];
      for (let times = 0; ; times++) {
        const { code, stop, struck } = await carried(times === 0 ? [] : ["--resume"], left);
        told.push(`${struck.join(", ")}: ${stop.message} ${stop.findings?.[0]?.message ?? ""}`);
        if (code === 0) break;
        // One more than those that strike: what Azure says of a copy that failed later is told too.
        expect(times, told.join("\n")).toBeLessThan(strikes.length);
        expect(stop.pastPointOfNoReturn, stop.message).toBe(false);
        expect(stop.meaning).toContain("writable");
        expect(stop.remedy).toMatch(/run --resume/);
        await writesOn(set.current, "source");
      }
      expect(left, told.join("\n")).toEqual([]);
      await writesOn(set.current, "target");
      const { migrations, azure } = await set.current.look();
      expect(requests(azure, "PUT", /\/migrations\//)).toHaveLength(migrations.length);
      expect((await set.current.story(events)).missing).toBe(0);
    },
    runMs,
  );
});
