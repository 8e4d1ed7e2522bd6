/** What was only counted within the outage: what `data-equal` says of it, and what `rest-equal` makes of it. */
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/core/json.ts";
import type { Note } from "../../src/core/step.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { comparisonFindings, decideEqual } from "../../src/steps/data-equal/decide.ts";
import { deferredIn, deferredNoted } from "../../src/steps/data-equal/deferred.ts";
import { manifestNoted, manifestOf } from "../../src/steps/data-equal/manifest.ts";
import { restTold } from "../../src/steps/data-equal/rest-sums.ts";
import { settings as equalSettings } from "../../src/steps/data-equal/settings.ts";
import { mayHold, turnsOf } from "../../src/steps/data-equal/turns.ts";
import { decideRest } from "../../src/steps/rest-equal/decide.ts";
import type { RestOf } from "../../src/steps/rest-equal/settings.ts";
import {
  noteOf,
  type Told,
  toldByManifest,
  toldBySnapshots,
  toldOf,
  untold,
} from "../../src/steps/rest-equal/told.ts";
import type {
  DatabaseComparison,
  Difference,
  Equality,
  Unchecked,
} from "../../src/verification/index.ts";
import { codesOf } from "../support/preflight.ts";

const users = '"public"."users"';
const events = '"public"."events"';

const table = (name: string, equality: Equality, checksum?: string) => ({
  table: name,
  equality,
  sourceRows: 1200n,
  targetRows: 1200n,
  depth: "contents" as const,
  ...(checksum === undefined ? {} : { checksum }),
});

const compared = (given: Partial<DatabaseComparison> = {}): DatabaseComparison => ({
  source: "api",
  target: "api",
  equality: "equal",
  differences: [],
  mayBeCosmetic: [],
  unchecked: [],
  tables: [table(users, "equal", "7"), table(events, "equal", "-8")],
  sequences: [],
  deferred: [],
  rowHash: "record-send",
  proven: undefined,
  manifest: undefined,
  totals: {
    tables: 2,
    tablesEqual: 2,
    sourceRows: 2400n,
    targetRows: 2400n,
    bytes: 1n,
    sequences: 0,
    objects: 3,
    durationMs: 1,
  },
  ...given,
});

const differs: Difference = {
  code: "contents-differ",
  object: users,
  weight: "different",
  source: "1200 rows, checksum 1",
  target: "1200 rows, checksum 2",
  table: users,
};

const notHeld: Unchecked = { code: "not-held", side: "both", object: users, reason: "truncated" };
const overwritten: Unchecked = {
  code: "written-since-cutover",
  side: "target",
  object: users,
  reason: "3 rows changed",
};

describe("data-equal with `within`", () => {
  const decide = (result: Partial<DatabaseComparison>) =>
    decideEqual(
      {
        frozen: true,
        uncounted: [],
        refused: [],
        comparisons: [{ database: "api", result: compared(result) }],
      },
      equalSettings.parse({ within: "20s" }),
    );
  const counted = {
    equality: "could-not-check" as const,
    deferred: [{ table: users, bytes: 3_400_000_000n }],
  };

  it("is satisfied by counts, says of how much, and leaves notes of it", () => {
    const verdict = decide(counted);
    if (verdict.is !== "satisfied") throw new Error(`It is ${verdict.is}.`);
    expect(verdict.because).toContain("only counted");
    expect(verdict.warnings).toMatchObject([{ code: "only-counted", objects: [users] }]);
    expect(verdict.warnings?.[0]?.message).toMatch(/1 table of 3,400 MB .*`rest-equal`/);
    expect(verdict.notes).toMatchObject({ [deferredIn("api")]: [users] });
    expect(verdict.facts).toMatchObject({ deferred: 1 });
  });

  it("says nothing of it where everything was compared", () => {
    const verdict = decide({});
    expect(verdict).toMatchObject({
      is: "satisfied",
      warnings: [],
      notes: { [deferredIn("api")]: [] },
    });
    expect(verdict.is === "satisfied" ? verdict.because : "").not.toContain("counted");
  });

  it("is blocked by a difference, and by what could not be read, all the same", () => {
    expect(decide({ ...counted, differences: [differs], equality: "different" }).is).toBe(
      "blocked",
    );
    expect(codesOf(decide({ ...counted, unchecked: [notHeld] }))).toContain(
      "unknown could-not-check-not-held",
    );
  });
});

describe("sessions of all databases together", () => {
  const settings = (given: object) => equalSettings.parse(given);
  it.each([
    [{ sessions: 2 }, 5, { atOnce: 5, sessions: 2, held: undefined }],
    [{ sessions: 2, maxConnections: 4 }, 5, { atOnce: 2, sessions: 2, held: undefined }],
    [{ sessions: 8, maxConnections: 3 }, 5, { atOnce: 1, sessions: 3, held: undefined }],
    [{ sessions: 4, maxConnections: 8, within: "1m" }, 3, { atOnce: 1, sessions: 4, held: 1 }],
    [{ sessions: 4, maxConnections: 4, within: "1m" }, 3, { atOnce: 1, sessions: 2, held: 1 }],
    [{ sessions: 4, maxConnections: 1, within: "1m" }, 3, { atOnce: 1, sessions: 1, held: 1 }],
    [{ sessions: 4, within: "1m" }, 3, { atOnce: 3, sessions: 4, held: undefined }],
  ])("%j, %i databases", (given, databases, turns) => {
    expect(turnsOf(settings(given), databases)).toEqual(turns);
  });

  it.each(
    [1, 2, 3, 4, 5, 9].flatMap((most) =>
      [1, 2, 4].flatMap((sessions) => [1, 3, 6].map((databases) => [most, sessions, databases])),
    ),
  )(
    "never beyond %i with %i sessions and %i databases",
    (most = 1, sessions = 1, databases = 1) => {
      const turns = turnsOf(settings({ sessions, maxConnections: most, within: "1m" }), databases);
      let held = 0;
      for (let left = databases - 1; left >= 0; left--) {
        expect(held + turns.sessions * turns.atOnce).toBeLessThanOrEqual(most);
        if (mayHold(turns, most, { alreadyHeld: held, left })) held++;
      }
      expect(held).toBeLessThanOrEqual(most);
      if (most >= databases) expect(held).toBe(databases);
    },
  );
});

const note = (name: string, value: Json = null): Note => ({ step: "x", name, value, at: "" });
const told = (given: Partial<Told> = {}): Told => ({
  open: [],
  manifest: false,
  found: [],
  rows: 1200,
  sums: {},
  ...given,
});

describe("notes", () => {
  const frozen = [note("settings-before api"), note("sessions-ended-up-to api", "2026-01-01")];
  const counted = note(deferredIn("api"), [users]);

  it("count for the comparison that counted", () => {
    expect(deferredNoted(frozen, "api")).toBe(undefined);
    expect(deferredNoted([...frozen, counted], "api")).toEqual({ tables: [users], at: 2 });
    const everything = note(deferredIn("api"), []);
    expect(deferredNoted([...frozen, counted, everything], "api")).toEqual({ tables: [], at: 3 });
    const noted = note(restTold("api"), noteOf(told()));
    const notes = [...frozen, counted, noted];
    expect(toldOf("api", 2, { notes, stops: [] })).toEqual(told());
    // Of the comparison before this one.
    expect(toldOf("api", 4, { notes: [...notes, counted], stops: [] })).toBe(undefined);
  });

  it("are asked anew after a stop, but for what is known", () => {
    const all = told({ manifest: true, open: [users] });
    const notes = [...frozen, counted, note(restTold("api"), noteOf(all))];
    expect(toldOf("api", 2, { notes, stops: [3] })?.manifest).toBe(true);
    expect(toldOf("api", 2, { notes, stops: [4] })?.manifest).toBe(false);
  });

  it("fill in the manifest's sums that were not known", () => {
    const manifest = {
      rowHash: "record-send",
      xid: "5",
      countedSince: "",
      // The second is as older versions made it.
      tables: { [users]: ["1200", "", "5", "1", "2", "di-gest"], [events]: ["3", "9", "0", "2"] },
    };
    const notes = [...frozen, note(manifestOf("api"), manifest)];
    expect(manifestNoted(notes, "api")?.tables).toEqual(manifest.tables);
    const told7 = note(restTold("api"), noteOf(told({ sums: { [users]: "7" } })));
    expect(manifestNoted([...notes, told7], "api")?.tables).toEqual({
      [users]: ["1200", "7", "5", "1", "2", "di-gest"],
      [events]: ["3", "9", "0", "2"],
    });
    // An older one is of another freeze.
    expect(manifestNoted([told7, ...notes], "api")?.tables[users]?.[1]).toBe("");
  });
});

describe("what is told", () => {
  it("leaves open what has no answer, and what is not in the answer", () => {
    const held = toldBySnapshots(
      "api",
      [users, events, '"public"."gone"'],
      compared({ tables: [table(users, "could-not-check"), table(events, "equal", "-8")] }),
    );
    expect(held.open).toEqual([users, '"public"."gone"']);
    expect(held.sums).toEqual({ [events]: "-8" });
    expect(held.found).toEqual([]);
  });

  it("keeps what the snapshots found, whatever the manifest tells of the others", () => {
    const before = toldBySnapshots("api", [users, events], compared({ differences: [differs] }));
    const result = compared({ tables: [], unchecked: [{ ...overwritten, object: events }] });
    const after = toldByManifest("api", { before, tables: [events] }, result);
    expect(after.open).toEqual([events]);
    expect(
      after.found.map(({ code, object, finding }) => [code, object, finding.severity]),
    ).toEqual([
      ["contents-differ", users, "blocks"],
      ["written-since-cutover", events, "unknown"],
    ]);
    expect(after.rows).toBe(2400);
  });
});

describe("rest-equal", () => {
  const decide = (
    databases: readonly Partial<RestOf>[],
    { accept = [], crossed = true }: { accept?: readonly string[]; crossed?: boolean } = {},
  ) =>
    decideRest(
      {
        crossed,
        databases: databases.map((each) => ({
          name: "api",
          deferred: [users],
          held: false,
          told: undefined,
          ...each,
        })),
      },
      { accept: [...accept] },
    );
  const actions = (verdict: Verdict) =>
    verdict.is === "unmet" ? verdict.actions.map(({ id }) => id) : verdict.is;

  it("says nothing before anything was compared", () => {
    expect(decide([{ deferred: [] }, { name: "insights", deferred: undefined }]).is).toBe(
      "waiting",
    );
  });

  it("has nothing to do where everything was compared", () => {
    expect(decide([{ deferred: [] }]).is).toBe("satisfied");
  });

  it("asks the snapshots first, the manifest for what they do not tell or where nobody holds them", () => {
    expect(actions(decide([{ held: true }, { name: "insights" }]))).toEqual([
      "compare-held api",
      "compare-since insights",
    ]);
    expect(actions(decide([{ told: told({ open: [users] }) }]))).toEqual(["compare-since api"]);
    expect(actions(decide([{ held: true, told: told() }]))).toBe("satisfied");
  });

  it("is blocked by a difference, says what it means by now, and goes on once it is accepted", () => {
    const found = toldBySnapshots("api", [users], compared({ differences: [differs] }));
    const verdict = decide([{ told: found }]);
    expect(codesOf(verdict)).toEqual(["blocks contents-differ"]);
    if (verdict.is !== "blocked") throw new Error(`It is ${verdict.is}.`);
    expect(verdict.findings[0].severity).toBe("blocks");
    expect(verdict.findings[0].remedy).toContain("nothing is undone");
    expect(verdict.findings[0].remedy).toContain(`accept: ['contents-differ ${users}']`);
    const before = decide([{ told: found }], { crossed: false });
    expect(before.is === "blocked" ? before.findings[0].remedy : "").toBe(undefined);
    const accepted = decide([{ told: found }], { accept: [`api: contents-differ ${users}`] });
    expect(accepted).toMatchObject({ is: "satisfied", warnings: [{ code: "contents-differ" }] });
  });

  it("takes what nobody can tell any more for unknown until a person says otherwise", () => {
    const result = compared({
      equality: "could-not-check",
      tables: [table(users, "could-not-check")],
      unchecked: [overwritten],
    });
    const open = toldByManifest("api", { before: undefined, tables: [users] }, result);
    const verdict = decide([{ told: open }]);
    expect(verdict.is === "blocked" ? verdict.findings[0].severity : verdict.is).toBe("unknown");
    const accept = [`written-since-cutover ${users}`];
    expect(decide([{ told: open }], { accept }).is).toBe("satisfied");
    expect(decide([{ told: untold("api", { before: undefined, tables: [users] }) }]).is).toBe(
      "blocked",
    );
  });

  it("is heard by verify, too: what nobody will ever know is a warning once it is accepted", () => {
    const result = compared({
      unchecked: [overwritten, { ...notHeld, code: "permission-denied" }],
    });
    const accept = [`written-since-cutover ${users}`, `permission-denied ${users}`];
    const findings = comparisonFindings([{ database: "api", result }], { accept, refused: [] });
    expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      "warns could-not-check-written-since-cutover",
      "unknown could-not-check-permission-denied",
    ]);
  });

  it("takes a table without an answer and without a reason for unknown", () => {
    expect(codesOf(decide([{ told: told({ manifest: true, open: [users] }) }]))).toEqual([
      "unknown could-not-check",
    ]);
  });
});
