/** Answers of commands, as the printers get them; invented, with every field in use. */
import type {
  PreviewAnswer,
  RehearsalAnswer,
  RunReport,
  VerifyAnswer,
} from "../../src/migration/api.ts";
import { inventedSteps } from "./invented-run.ts";

const finishedStep = (id: string): RunReport["steps"][number] => ({
  id,
  kind: id,
  state: "satisfied",
  at: "2026-03-01T03:01:00.000Z",
  because: `${id} as it should be`,
  tookMs: 1300,
});

export const finishedReport: RunReport = {
  run: "k3f9a2",
  plan: "opensauced",
  digest: "9f".repeat(32),
  openedAt: "2026-03-01T03:00:00.000Z",
  journal: ".opensauced-migrate/k3f9a2/journal.jsonl",
  state: "finished",
  steps: inventedSteps.map(finishedStep),
  pointOfNoReturn: { step: "cutover-complete", at: "2026-03-01T03:02:00.000Z" },
  frozen: { step: "source-frozen", since: "2026-03-01T03:01:58.000Z" },
  writesStoppedMs: 4210,
  inDoubt: undefined,
  lastStop: undefined,
  silentSince: undefined,
  next: "opensauced-migrate verify",
  heldBy: undefined,
};

const frozenAt = inventedSteps.indexOf("source-frozen");

/** Killed with `kill -9` while the source was frozen. */
export const frozenReport: RunReport = {
  ...finishedReport,
  state: "open",
  steps: inventedSteps.map((id, index) =>
    index <= frozenAt
      ? finishedStep(id)
      : {
          id,
          kind: id,
          state: index === frozenAt + 1 ? "begun" : "not-reached",
          at: undefined,
          because: undefined,
          tookMs: undefined,
        },
  ),
  pointOfNoReturn: undefined,
  frozen: { step: "source-frozen", since: "2026-03-01T03:01:58.000Z" },
  writesStoppedMs: undefined,
  inDoubt: { step: "cutover-complete", action: "Write a marker row on the source" },
  lastStop: {
    ending: "failed",
    step: "data-equal",
    at: "2026-03-01T02:50:00.000Z",
    message: "Step data-equal was not satisfied within 10m 0s.",
    remedy: undefined,
    findings: [],
  },
  next: "opensauced-migrate run --resume goes on; opensauced-migrate undo allows writes again",
  heldBy: { pid: 4711, host: "bastion", since: "2026-03-01T03:01:00.000Z" },
};

export const inventedPreview: PreviewAnswer = {
  standing: undefined,
  finished: false,
  plan: "opensauced",
  digest: "9f".repeat(32),
  run: undefined,
  steps: [
    {
      id: "preflight-passed",
      kind: "preflight-passed",
      intends: "Checks everything.",
      dependsOn: undefined,
      seen: {
        verdict: {
          is: "satisfied",
          because: "3 databases, 41 tables",
          warnings: [
            {
              code: "role-without-login",
              severity: "warns",
              message: "The role reporting cannot log in.",
              objects: ['"reporting"'],
            },
          ],
        },
      },
    },
    {
      id: "source-snapshotted",
      kind: "source-snapshotted",
      intends: "Dumps.",
      dependsOn: undefined,
      seen: {
        verdict: {
          is: "unmet",
          because: "no whole dump of this run exists",
          actions: [
            {
              id: "dump",
              summary: "Dump 3 databases (about 812.0 MB) in one exported snapshot",
              touches: "files",
            },
            {
              id: "switch",
              summary: "Something that cannot be taken back",
              touches: "Azure",
              crossesPointOfNoReturn: true,
            },
          ],
        },
      },
    },
    {
      id: "data-streaming",
      kind: "data-streaming",
      intends: "Creates Azure's migration of 3 databases, online, in one batch.",
      dependsOn: "source-snapshotted",
      seen: { unreadable: { message: "The server on Azure refused the connection." } },
    },
    {
      id: "config-repointed",
      kind: "config-repointed",
      intends: "Sets 4 keys of the stack prod and updates it.",
      dependsOn: "source-snapshotted",
      seen: {
        verdict: {
          is: "blocked",
          findings: [
            {
              code: "pulumi-missing",
              severity: "blocks",
              message: "No pulumi was found on this machine.",
              remedy: "curl get.pulumi.com",
            },
          ],
        },
      },
    },
  ],
};

export const inventedVerify: VerifyAnswer = {
  checked: "different",
  at: "2026-11-03T20:14:00.000Z",
  tookMs: 8400,
  sections: [
    {
      title: "database api",
      checked: "equal",
      summary: "28 tables, 1,000,112 rows.",
      findings: [],
    },
    {
      title: "database analytics",
      checked: "different",
      summary: "13 tables, 204,219 rows; 1 table differs.",
      findings: [
        {
          code: "rows-differ",
          severity: "blocks",
          message: "14 tables have other rows on the target.",
          objects: Array.from({ length: 14 }, (_, index) => `"public"."events_${index + 1}"`),
          remedy: "SELECT pg_catalog.count(*)\nFROM public.events_1;",
        },
      ],
    },
    {
      title: "DNS",
      checked: "could-not-check",
      summary: "One of three servers did not answer.",
      findings: [
        {
          code: "dns-silent",
          severity: "unknown",
          message: "ns2.example.com did not answer in 2.0 s.",
        },
      ],
    },
  ],
};

export const inventedRehearsal: RehearsalAnswer = {
  run: {
    run: "k3f9a2",
    ending: "finished",
    stop: undefined,
    journal: finishedReport.journal,
    nothingToDo: false,
    report: finishedReport,
  },
  rowsCompared: 100_412,
  tablesCompared: 34,
  client: {
    acknowledged: 5120,
    missing: 0,
    missingExamples: [],
    longestOutageMs: 2841.4,
    outageByStep: [
      { step: "source-frozen", ms: 412 },
      { step: "cutover-complete", ms: 2429.4 },
    ],
    errors: [{ error: "cannot execute INSERT in a read-only transaction (25006)", count: 212 }],
  },
  repointedThrough: "pulumi",
  places: [{ label: "journal", where: finishedReport.journal }],
  tookMs: 71_000,
  sound: true,
};
