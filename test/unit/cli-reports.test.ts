import { describe, expect, test } from "vitest";
import { kindNamed } from "../../src/cli/commands/explain.ts";
import { bugLines, errorLines, withoutCredentials } from "../../src/cli/output/error-lines.ts";
import { findingLines } from "../../src/cli/output/finding-lines.ts";
import { painter } from "../../src/cli/output/paint.ts";
import { kindLines, kindListLines } from "../../src/cli/output/report/explain.ts";
import { planLines } from "../../src/cli/output/report/plan.ts";
import { faultLines, rehearsalLines } from "../../src/cli/output/report/rehearsal.ts";
import { statusLines } from "../../src/cli/output/report/status.ts";
import { verifyLines } from "../../src/cli/output/report/verify.ts";
import { widthOf } from "../../src/cli/output/text.ts";
import { ActionError } from "../../src/core/errors.ts";
import type { Finding } from "../../src/core/finding.ts";
import { PlanError } from "../../src/core/plan/problem.ts";
import type { ExplainedKind } from "../../src/migration/api.ts";
import {
  finishedReport,
  frozenReport,
  inventedPreview,
  inventedRehearsal,
  inventedVerify,
} from "../support/invented-answers.ts";
import { pageOf } from "../support/page.ts";

/** Three minutes after the freeze of the invented report. */
const now = Date.parse("2026-03-01T03:04:58.000Z");

const kind: ExplainedKind = {
  kind: "source-frozen",
  condition: "No role of an application can write on the source, and a fresh session proved it.",
  details: "Sets the databases read-only.\nEnds the sessions.",
  deadlineMs: 120_000,
  before: [],
  after: [
    { kind: "data-streaming", because: "a freeze before the copy would be an outage of hours" },
  ],
  undoneOnStop: true,
  undoable: true,
  actions: [
    {
      action: "refuse-writes",
      touches: "source",
      does: "Makes read-only the default of every database, so that no new session can write.",
      crossesPointOfNoReturn: false,
      when: "run",
    },
    {
      action: "allow-writes",
      touches: "source",
      does: "Sets the defaults back.",
      crossesPointOfNoReturn: false,
      when: "undo",
    },
  ],
  settings: [
    {
      name: "roles",
      type: "list of names",
      required: true,
      default: undefined,
      description: "Roles of applications.",
    },
    {
      name: "grace",
      type: "duration",
      required: false,
      default: "5s",
      description: "How long sessions may end by themselves.",
    },
  ],
  example: "- id: source-frozen\n  kind: source-frozen\n  roles: [app]\n",
};

/** Blocks to paste stay whole, whatever the width. */
const isPasted = (line: string) => /^ {4,}(?:SELECT|FROM|opensauced-migrate|curl)/.test(line);

test.each([
  ["plan", planLines(inventedPreview, pageOf(80))],
  ["status", statusLines({ runs: [frozenReport, finishedReport] }, pageOf(80), now)],
  ["verify", verifyLines(inventedVerify, pageOf(80))],
  ["rehearse", rehearsalLines(inventedRehearsal, pageOf(80))],
  ["explain", kindListLines([kind], pageOf(80))],
  ["explain KIND", kindLines(kind, pageOf(80))],
])("%s fits 80 columns", (_, lines) => {
  expect(lines.filter((line) => widthOf(line) > 80 && !isPasted(line))).toEqual([]);
  expect(lines.filter((line) => line.includes("\n"))).toEqual([]);
});

test("status of a run with 13 steps fits one screen of 24 lines", () => {
  expect(statusLines({ runs: [finishedReport] }, pageOf(80), now).length).toBeLessThanOrEqual(24);
});

describe("plan", () => {
  const lines = planLines(inventedPreview, pageOf());
  const text = lines.join("\n");

  test("shows what a step saw, and the actions it would take", () => {
    expect(text).toContain("no whole dump of this run exists");
    expect(text).toMatch(/would: Dump 3 databases .*\[files\]/);
    expect(text).toMatch(/would: Something that cannot be taken back.*POINT OF NO RETURN/);
  });

  test("says what is known only later, and what the step intends", () => {
    expect(lines.find((line) => line.includes("data-streaming"))).toContain(
      "only known after source-snapshotted",
    );
    expect(text).toContain("Creates Azure's migration of 3 databases");
    expect(text).toContain(
      "now: could not be read yet: The server on Azure refused the connection.",
    );
  });

  test("a finding of a later step is told today", () => {
    expect(text).toContain("No pulumi was found on this machine.");
  });

  test("ends with the counts and the next command", () => {
    expect(lines.at(-2)).toBe("1 satisfied, 1 to do, 2 only known later. Next:");
    expect(lines.at(-1)?.trim()).toBe("opensauced-migrate run");
    const open = planLines({ ...inventedPreview, run: "k3f9a2" }, pageOf());
    expect(open.at(-1)?.trim()).toBe("opensauced-migrate run --resume");
  });

  test("sends nobody into a run that is blocked", () => {
    const blocked = {
      ...inventedPreview,
      steps: inventedPreview.steps.slice(3).map((step) => ({ ...step, dependsOn: undefined })),
    };
    const last = planLines(blocked, pageOf());
    expect(last.at(-2)).toContain("config-repointed must be put right");
    expect(last.at(-1)?.trim()).toBe("opensauced-migrate plan");
  });

  test("says when nothing is left to do", () => {
    const done = planLines(
      { ...inventedPreview, steps: inventedPreview.steps.slice(0, 1) },
      pageOf(),
    );
    expect(done.at(-1)).toBe("1 satisfied. Nothing is left to do.");
  });
});

describe("status", () => {
  test("shouts while the source is frozen, and says what a crash left in doubt", () => {
    const text = statusLines({ runs: [frozenReport] }, pageOf(), now).join("\n");
    expect(text).toContain(
      "FROZEN, as far as this journal tells: the source takes no writes since 2026-03-01",
    );
    expect(text).not.toContain("The source is writable");
    expect(text).toContain(
      'In doubt: a process ended while step cutover-complete did "Write a marker row on the source"',
    );
    expect(text).toContain("process 4711 on bastion");
  });

  test("never says that a run past the point of no return can be undone", () => {
    const text = statusLines({ runs: [finishedReport] }, pageOf(), now).join("\n");
    expect(text).toContain("Past the point of no return");
    expect(text).not.toContain("can be undone.\n");
    expect(text).toContain("Writes were stopped for 4.2 s, from the freeze to the re-pointing.");
  });

  test("a finished run's frozen source is no alarm", () => {
    const text = statusLines({ runs: [finishedReport] }, pageOf(), now).join("\n");
    expect(text).not.toContain("FROZEN");
    expect(text).toContain(
      "The source was left frozen, as it should be, since 2026-03-01 03:01:58Z",
    );
  });

  test("says again what stood in the way, and what to do about it", () => {
    const lastStop = {
      ending: "blocked",
      step: "preflight-passed",
      at: "2026-03-01T02:50:00.000Z",
      message: "Step preflight-passed is blocked by 1 finding.",
      remedy: "opensauced-migrate run --resume",
      findings: [
        {
          code: "replica-identity-missing",
          severity: "blocks" as const,
          message: "Tables have no key.",
          remedy: "ALTER TABLE public.t REPLICA IDENTITY FULL;",
        },
      ],
    };
    const blocked = { ...frozenReport, frozen: undefined, heldBy: undefined, lastStop };
    const lines = statusLines({ runs: [blocked] }, pageOf(), now);
    expect(lines).toContain("  ✖ Tables have no key. [replica-identity-missing]");
    expect(lines).toContain("      ALTER TABLE public.t REPLICA IDENTITY FULL;");
  });

  test("says that a process ended without a word, and that what is undone stays so after an undo", () => {
    const silent = {
      ...frozenReport,
      lastStop: undefined,
      silentSince: "2026-03-01T03:03:58.000Z",
    };
    expect(statusLines({ runs: [silent] }, pageOf(200), now).join("\n")).toContain(
      "Its last process ended without a word after 2026-03-01 03:03:58Z, 1m 0s ago: it was killed, its machine went down, or its journal could not be written.",
    );
    const steps = frozenReport.steps.map((step) =>
      step.state === "begun" ? { ...step, state: "undone" as const } : step,
    );
    const shown = (state: "open" | "withdrawn") =>
      statusLines({ runs: [{ ...frozenReport, state, steps }] }, pageOf(), now).join("\n");
    expect(shown("open")).toContain("undone; a resume does it again");
    expect(shown("withdrawn")).not.toContain("a resume does it again");
  });

  test("without a run, says so", () => {
    expect(statusLines({ runs: [], others: 2 }, pageOf(), now)[0]).toContain("2 runs of another");
    expect(statusLines({ runs: [] }, pageOf(), now)[0]).toBe(
      "No run yet: nothing was ever changed from this folder.",
    );
  });
});

describe("findings", () => {
  const [, different] = inventedVerify.sections;
  const findings = different?.findings ?? [];

  test("show ten objects and how many there are, or all with -v", () => {
    const text = findingLines(findings, pageOf()).join("\n");
    expect(text).toContain('"public"."events_10"');
    expect(text).not.toContain('"public"."events_11"');
    expect(text).toContain("and 4 more (-v lists all 14)");
    expect(findingLines(findings, pageOf(80, { verbose: true })).join("\n")).toContain(
      '"public"."events_14"',
    );
  });

  test("of very many alike show twenty and how many more, or all with -v", () => {
    const alike = (count: number) =>
      Array.from({ length: count }, (_, at) => [
        { code: "c", severity: "blocks", message: `m${at}` } as const,
        { code: "w", severity: "warns", message: `w${at}` } as const,
      ]).flat();
    const shown = findingLines(alike(1000), pageOf()).map((line) => line.trim());
    expect(shown).toHaveLength(42);
    expect(shown[20]).toContain("and 980 more like these [c] (-v lists all 1,000)");
    expect(shown[41]).toContain("and 980 more like these [w]");
    expect(findingLines(alike(21), pageOf())).toHaveLength(42);
    expect(findingLines(alike(1000), pageOf(80, { verbose: true }))).toHaveLength(2000);
  });

  test("wrap what the objects say: the end of a line is where the values are", () => {
    const object = `changed in arr, v: id = 1 (arr '{AAAAAAAAAAAAAAAAAAAAAA}' -> '{BBBBBBBBBBBBBBBBBBBB}'; v 'x' -> 'END')`;
    const finding = { code: "c", severity: "blocks", message: "m", objects: [object] } as const;
    const [, ...lines] = findingLines([finding], pageOf(80));
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.every((line) => line.length <= 80)).toBe(true);
    expect(lines.map((line) => line.trim()).join(" ")).toBe(object);
  });

  test("leave no object out for the line that would say so", () => {
    const objects = Array.from({ length: 11 }, (_, at) => `row ${at}`);
    const finding = { code: "c", severity: "blocks", message: "m", objects } as const;
    expect(findingLines([finding], pageOf(80)).join("\n")).toContain("row 10");
  });

  test("have a remedy that can be pasted: every line whole, none wrapped", () => {
    const lines = findingLines(findings, pageOf(40)).map((line) => line.trim());
    expect(lines).toContain("SELECT pg_catalog.count(*)");
    expect(lines).toContain("FROM public.events_1;");
  });

  test("what blocks comes first, and each severity reads differently without colour", () => {
    const lines = findingLines(
      [
        { code: "w", severity: "warns", message: "w." },
        { code: "u", severity: "unknown", message: "u." },
        { code: "b", severity: "blocks", message: "b." },
      ],
      pageOf(),
    );
    expect(lines).toEqual(["  ✖ b. [b]", "  ? Could not check: u. [u]", "  ! Warning: w. [w]"]);
  });
});

test("verify keeps equal, different and could not check apart, in words", () => {
  const lines = verifyLines(inventedVerify, pageOf());
  expect(lines).toContain("✔ database api: equal. 28 tables, 1,000,112 rows.");
  expect(lines.some((line) => line.startsWith("✖ database analytics: DIFFERENT."))).toBe(true);
  expect(lines).toContain("? DNS: COULD NOT CHECK. One of three servers did not answer.");
});

test("verify counts what may be cosmetic, and then does not say that everything is the same", () => {
  const odd = (code: string, objects?: readonly string[]): Finding => ({
    code,
    severity: "warns",
    message: "odd.",
    ...(objects === undefined ? {} : { objects }),
  });
  const last = (findings: readonly Finding[]) =>
    verifyLines(
      {
        checked: "equal",
        at: "2026-11-28T12:00:00.000Z",
        tookMs: 1000,
        sections: [{ title: "database api", checked: "equal", summary: "1 table", findings }],
      },
      pageOf(),
    ).at(-1);
  const everything = "Equal: everything that was compared is the same on both sides.";
  expect(last([])).toContain(everything);
  expect(last([odd("no-statistics")])).toContain(everything);
  expect(last([odd("v-may-be-cosmetic", ["a"])])).toContain(
    "Equal, but for 1 thing that may be cosmetic (above).",
  );
  expect(last([odd("v-may-be-cosmetic", ["a", "b"]), odd("w-may-be-cosmetic")])).toContain(
    "Equal, but for 3 things that may be cosmetic (above).",
  );
});

describe("rehearsal", () => {
  test("tells the outage by step, the writes, and the rows compared", () => {
    const text = rehearsalLines(inventedRehearsal, pageOf()).join("\n");
    expect(text).toMatch(/rows compared +100,412 in 34 tables/);
    expect(text).toMatch(/writes acknowledged +5,120/);
    expect(text).toMatch(/writes missing +0/);
    expect(text).toMatch(/outage by the run +4,210 ms, from the freeze until the re-pointing/);
    expect(text).toMatch(/outage of the client +2,841 ms, from its last write before/);
    expect(text).toMatch(/during cutover-complete +2,429 ms/);
  });

  test("writes that could not be counted are not zero", () => {
    const client = { ...inventedRehearsal.client, missing: undefined };
    const lines = rehearsalLines({ ...inventedRehearsal, client, sound: false }, pageOf());
    expect(lines.join("\n")).toMatch(/writes missing +could not check/);
    expect(lines.at(-1)).toContain("whether writes are missing could not be checked");
  });

  test("faults are listed with what they imitate and where it was seen", () => {
    const text = faultLines(
      [
        { name: "row-lost", group: "Azure", imitates: "A row is lost.", source: "issue 12" },
        { name: "lagging", group: "DNS", imitates: "A zone of old.", source: "RFC 1034" },
      ],
      pageOf(),
    ).join("\n");
    expect(text).toMatch(/\n\nAzure\n {2}row-lost\n {6}A row is lost\.\n {6}\(issue 12\)\n/);
    expect(text).toMatch(/\n\nDNS\n {2}lagging\n/);
  });
});

describe("errors", () => {
  test("say what happened, what it means and what to do, with this call's flags", () => {
    const error = new ActionError({
      message: "The dump failed.",
      meaning: "The source is writable.",
      remedy: "opensauced-migrate run --resume",
    });
    const page = pageOf(80, {
      pasteable: (text) => text.replace("migrate run", "migrate --plan x run"),
    });
    expect(errorLines(error, page)).toEqual([
      "✖ The dump failed.",
      "  The source is writable.",
      "  What to do:",
      "    opensauced-migrate --plan x run --resume",
    ]);
  });

  test("of a plan stand at places that an editor can jump to", () => {
    const error = new PlanError("a.plan.yaml", [
      { line: 9, column: 3, path: "steps[1].kind", message: "`x` is not a step kind" },
      { line: 2, column: 1, path: "nmae", message: "unknown key; did you mean `name`?" },
    ]);
    const lines = errorLines(error, pageOf());
    expect(lines.slice(0, 4)).toEqual([
      "a.plan.yaml:2:1",
      "  nmae: unknown key; did you mean `name`?",
      "a.plan.yaml:9:3",
      "  steps[1].kind: `x` is not a step kind",
    ]);
    expect(lines.join("\n")).toContain("The plan has 2 problems.");
  });

  test("a bug shows its stack only with -v", () => {
    const bug = new TypeError("x is undefined");
    expect(bugLines(bug, pageOf()).join("\n")).not.toContain("cli-reports.test");
    expect(bugLines(bug, pageOf(80, { verbose: true })).join("\n")).toContain("cli-reports.test");
  });

  test("a bug promises a writable source only before the point of no return", () => {
    const text = bugLines(new Error("x"), pageOf()).join(" ").replaceAll(/\s+/g, " ");
    expect(text).toContain("writable again, unless it had passed the point of no return");
  });
});

test.each([
  [
    "connect postgresql://doadmin:hunter2@db:25060/api failed",
    "connect postgresql://doadmin:[secret]@db:25060/api failed",
  ],
  ["password=hunter2 host=db", "password=[secret] host=db"],
  ['{"password":"hunter2","user":"x"}', '{"password":[secret],"user":"x"}'],
  ["Token: hunter2", "Token: [secret]"],
  ["nothing to hide: 12:30 at host:5432", "nothing to hide: 12:30 at host:5432"],
])("a bug's text loses what looks like credentials: %s", (text, shown) => {
  expect(withoutCredentials(text)).toBe(shown);
  expect(bugLines(new Error(text), pageOf(80, { verbose: true })).join("\n")).not.toContain(
    "hunter2",
  );
});

test("colour adds nothing but colour", () => {
  const plain = planLines(inventedPreview, pageOf(80));
  const coloured = planLines(inventedPreview, pageOf(80, { paint: painter(true, true) }));
  expect(coloured.join("\n")).toContain("\u001b[");
  // oxlint-disable-next-line no-control-regex -- the escapes are what is taken away
  expect(coloured.map((line) => line.replaceAll(/\u001b\[\d+m/g, ""))).toEqual(plain);
});

test("a terminal without Unicode gets ASCII symbols only", () => {
  const lines = [
    ...verifyLines(inventedVerify, pageOf(Infinity, { paint: painter(false, false) })),
  ];
  expect(
    lines
      .join("")
      .split("")
      .filter((character) => character > "~"),
  ).toEqual([]);
});

test("an unknown step kind gets the nearest one", () => {
  expect(() => kindNamed("source-frozn", [kind])).toThrow("did you mean source-frozen?");
});

test("a plan whose run froze the source, or crossed, says so", () => {
  const shown = (standing: "frozen" | "past-point-of-no-return" | undefined) =>
    planLines({ ...inventedPreview, run: "r1", standing }, pageOf(200)).join("\n");
  expect(shown("frozen")).toContain("FROZEN, as far as the journal of run r1 tells");
  expect(shown("past-point-of-no-return")).toContain("Run r1 is past its point of no return");
  expect(shown(undefined)).not.toMatch(/FROZEN|point of no return:/);
});

test("a plan whose run is finished has nothing left to do, and no step asks for anything", () => {
  const lines = planLines(
    { ...inventedPreview, finished: true, run: "261123qm9j", steps: [] },
    pageOf(80),
  );
  expect(lines.join("\n")).toContain("Nothing is left to do");
  expect(lines.join("\n")).toContain("opensauced-migrate verify");
});
