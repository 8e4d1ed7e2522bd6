/**
 * A run that never was: events with everything in them that an output must
 * cope with (progress, parts, waits, warnings, gates, the point of no return,
 * undo, names and reasons too long for a line). For tests of printers;
 * show-invented-run.ts plays it.
 */
import type { RunEvent, TimedEvent } from "../../src/core/event.ts";
import type { Action } from "../../src/core/verdict.ts";

export const inventedSteps = [
  "preflight-passed",
  "source-snapshotted",
  "target-prepared",
  "dns-ttl-lowered",
  "data-streaming",
  "data-equal",
  "approved",
  "source-frozen",
  "cutover-complete",
  "sequences-advanced",
  "config-repointed",
  "dns-flipped",
  "service-healthy",
] as const;

export const began = Date.parse("2026-03-01T03:00:00.000Z");

/** `after`: milliseconds since the event before. */
export type Beat = { readonly after: number; readonly event: RunEvent };

const action = (id: string, summary: string, touches: Action["touches"]): Action => ({
  id,
  summary,
  touches,
});

function simple(step: string, because: string, summary: string): Beat[] {
  const one = action("do", summary, "target");
  return [
    { after: 10, event: { type: "step-entered", step, kind: step } },
    {
      after: 300,
      event: {
        type: "looked",
        step,
        verdict: { is: "unmet", because: `not yet: ${because}`, actions: [one] },
      },
    },
    { after: 10, event: { type: "action-began", step, action: one } },
    { after: 900, event: { type: "action-ended", step, action: one, tookMs: 900 } },
    { after: 100, event: { type: "step-satisfied", step, because, tookMs: 1320 } },
  ];
}

function streaming(): Beat[] {
  const step = "data-streaming";
  const waits = Array.from({ length: 8 }, (_, index): Beat => ({
    after: 700,
    event: {
      type: "waiting",
      step,
      reason:
        index < 5
          ? "Azure's migration osm26k3f9a2 copies the base data (InProgress / MigratingData); databases that are done wait for the others"
          : "lag 48.2 MB on api is above the plan's maxLag of 10.0 MB",
      progress: {
        done: 140 * (index + 1),
        total: 1310,
        unit: "tables",
        parts: [
          {
            name: "api",
            text: `CopyingTables, ${40 * (index + 1)} of 410 tables, 2 errors retried by the service itself`,
          },
          { name: "analytics", text: "WaitingForCutoverTrigger, lag 0 B" },
          { name: "a-database-with-a-very-long-name-indeed", text: "Queued" },
        ],
      },
      deadlineInMs: 4 * 3_600_000 - index * 700,
    },
  }));
  return [
    { after: 10, event: { type: "step-entered", step, kind: step } },
    ...waits,
    {
      after: 200,
      event: {
        type: "step-satisfied",
        step,
        because: "3 databases wait for the cut-over, largest lag 1.2 MB",
        tookMs: 5810,
      },
    },
  ];
}

function frozen(): Beat[] {
  const step = "source-frozen";
  return [
    { after: 10, event: { type: "step-entered", step, kind: step } },
    {
      after: 10,
      event: {
        type: "action-began",
        step,
        action: action(
          "freeze",
          "Make api read-only for every role and end its 12 sessions",
          "source",
        ),
      },
    },
    {
      after: 600,
      event: {
        type: "progress",
        step,
        progress: { done: 1, total: 3, unit: "databases" },
        reason: "ending sessions",
      },
    },
    {
      after: 600,
      event: {
        type: "step-satisfied",
        step,
        because: "a fresh session of app could not write (SQLSTATE 25006)",
        tookMs: 1220,
      },
    },
  ];
}

function cutover(): Beat[] {
  const step = "cutover-complete";
  const trigger: Action = {
    ...action("trigger", "Trigger the cut-over of 3 databases on Azure", "Azure"),
    crossesPointOfNoReturn: true,
  };
  return [
    { after: 10, event: { type: "step-entered", step, kind: step } },
    { after: 300, event: { type: "point-of-no-return", step, action: trigger } },
    { after: 10, event: { type: "action-began", step, action: trigger } },
    { after: 900, event: { type: "action-ended", step, action: trigger, tookMs: 900 } },
    {
      after: 400,
      event: {
        type: "step-satisfied",
        step,
        because: "Azure reports Succeeded; the marker row is on the target",
        tookMs: 1600,
      },
    },
  ];
}

function preflight(): Beat[] {
  const step = "preflight-passed";
  return [
    { after: 10, event: { type: "step-entered", step, kind: step } },
    {
      after: 500,
      event: {
        type: "warned",
        step,
        findings: [
          {
            code: "replica-identity-missing",
            severity: "warns",
            message:
              "12 tables have no primary key and no replica identity: their UPDATEs and DELETEs fail on the source as soon as they are published.",
            objects: Array.from(
              { length: 12 },
              (_, index) => `"public"."audit_log_of_the_year_${2010 + index}"`,
            ),
            remedy: 'ALTER TABLE "public"."audit_log_of_the_year_2010" REPLICA IDENTITY FULL;',
          },
        ],
      },
    },
    {
      after: 100,
      event: {
        type: "step-satisfied",
        step,
        because:
          "3 databases, 41 tables, 1 warning; every server was asked and answered within its time",
        tookMs: 610,
      },
    },
  ];
}

const opening: Beat = {
  after: 0,
  event: {
    type: "run-started",
    run: "k3f9a2",
    plan: "opensauced",
    resumed: false,
    undo: false,
    steps: inventedSteps.map((id) => ({ id, kind: id })),
    journal: ".opensauced-migrate/k3f9a2/journal.jsonl",
  },
};

export const gateQuestion =
  "41 tables with 1,204,331 rows are equal on both sides. Freeze the source and cut over?";

export const beforeGate: readonly Beat[] = [
  opening,
  ...preflight(),
  ...simple(
    "source-snapshotted",
    "a whole dump of 3 databases, 812.0 MB, read back",
    "Dump 3 databases in one snapshot",
  ),
  ...simple(
    "target-prepared",
    "extensions, roles and grants are there",
    "Allow extension pg_trgm on the server (restarts it)",
  ),
  ...simple(
    "dns-ttl-lowered",
    "db.example.com has a TTL of 30 s since 03:00:04",
    "Lower the TTL of db.example.com from 3600 s to 30 s",
  ),
  ...streaming(),
  ...simple("data-equal", "41 tables, 1,204,331 rows equal", "Compare"),
  { after: 10, event: { type: "step-entered", step: "approved", kind: "approved" } },
  { after: 10, event: { type: "gate", step: "approved", question: gateQuestion } },
];

export const approvedBeats: readonly Beat[] = [
  { after: 2000, event: { type: "approved", step: "approved", who: "mia", how: "terminal" } },
  {
    after: 10,
    event: { type: "step-satisfied", step: "approved", because: "approved by mia", tookMs: 2010 },
  },
  ...frozen(),
];

export const toTheEnd: readonly Beat[] = [
  ...cutover(),
  ...simple("sequences-advanced", "38 sequences read back", "Set 38 sequences"),
  ...simple("config-repointed", "outputs read back", "pulumi up"),
  ...simple(
    "dns-flipped",
    "4 authoritative servers and 3 resolvers answer the new address",
    "Change record 3354011",
  ),
  ...simple("service-healthy", "3 answers of 3 in a row, certificate good for 61 days", "Ask"),
  {
    after: 10,
    event: {
      type: "run-stopped",
      run: "k3f9a2",
      ending: "finished",
      message: "Every step is satisfied.",
      pastPointOfNoReturn: true,
      tookMs: 31_200,
    },
  },
];

/** Stopped in the cut-over before the point of no return: the freeze is undone. */
export const thrownBack: readonly Beat[] = [
  {
    after: 10,
    event: { type: "step-entered", step: "cutover-complete", kind: "cutover-complete" },
  },
  {
    after: 400,
    event: {
      type: "undoing",
      step: "source-frozen",
      because: "the run stopped before the point of no return",
    },
  },
  {
    after: 600,
    event: {
      type: "step-undone",
      step: "source-frozen",
      because: "the settings are as before, a fresh session could write",
      tookMs: 620,
    },
  },
  {
    after: 10,
    event: {
      type: "run-stopped",
      run: "k3f9a2",
      ending: "blocked",
      step: "cutover-complete",
      message: "Step cutover-complete is blocked by 1 finding.",
      meaning: "The freeze was undone: the source is writable again.",
      remedy: "opensauced-migrate run --resume",
      findings: [
        {
          code: "marker-not-arrived",
          severity: "blocks",
          message:
            "The row written after the freeze at LSN 0/5A3C9E8 did not arrive on the target in 60.0 s, so data of before the freeze may be missing there.",
          objects: ['"public"."opensauced_migrate_marker"'],
          remedy:
            "SELECT slot_name, active, confirmed_flush_lsn FROM pg_catalog.pg_replication_slots;",
        },
      ],
      pastPointOfNoReturn: false,
      tookMs: 21_200,
    },
  },
];

/** The beats with the moments at which they would have happened. */
export function timed(beats: readonly Beat[], from = began): TimedEvent[] {
  let at = from;
  return beats.map(({ after, event }) => {
    at += after;
    return { ...event, at: new Date(at).toISOString() };
  });
}
