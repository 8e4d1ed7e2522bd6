/** The freeze: when it stands, what is still to be done, and how its settings go back. */
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/core/json.ts";
import type { Note } from "../../src/core/step.ts";
import {
  decideFrozen,
  decideThawed,
  type FrozenDatabase,
  type ThawSeen,
} from "../../src/steps/source-frozen/decide.ts";
import {
  freezeMoment,
  notes as names,
  settingsBefore,
  standingBefore,
  thawMoment,
} from "../../src/steps/source-frozen/moments.ts";
import {
  escaping,
  isReadOnly,
  restoration,
  withNewcomers,
  type ReadOnlySetting,
} from "../../src/steps/source-frozen/read-only.ts";
import { contextOf } from "../support/preflight.ts";

const own = (value: string): ReadOnlySetting => ({ database: "api", role: null, value });
const of = (role: string, value: string, database: string | null = null): ReadOnlySetting => ({
  database,
  role,
  value,
});

function noted(...values: readonly (readonly [string, Json])[]): Note[] {
  return values.map(([name, value], index) => ({
    step: "source-frozen",
    name,
    value,
    at: new Date(index).toISOString(),
  }));
}

const before = [names.before("api"), []] as const;
const ended = (moment: string) => [names.endedUpTo("api"), moment] as const;
const thawed = (moment: string) => [names.thawedUpTo("api"), moment] as const;

describe("which sessions are too old", () => {
  it.each<[string, readonly (readonly [string, Json])[], string | undefined, string | undefined]>([
    ["nothing was done yet", [], undefined, undefined],
    ["writes are refused, nobody was ended", [before], undefined, undefined],
    ["frozen", [before, ended("1")], "1", undefined],
    ["thawed", [before, ended("1"), thawed("2")], undefined, "2"],
    ["frozen again, nobody ended", [before, ended("1"), thawed("2"), before], undefined, undefined],
    ["frozen again", [before, ended("1"), thawed("2"), before, ended("3")], "3", undefined],
    // Between two freezes somebody thawed by hand, or a crash kept the thaw out of the journal:
    // applications came back writable, after the first freeze's moment.
    ["frozen over a thaw that nobody noted", [before, ended("1"), before], undefined, undefined],
    ["and its sessions ended", [before, ended("1"), before, ended("2")], "2", undefined],
  ])("%s", (_, values, freeze, thaw) => {
    expect(freezeMoment(noted(...values), "api")).toBe(freeze);
    expect(thawMoment(noted(...values), "api")).toBe(thaw);
    expect(freezeMoment(noted(...values), "insights")).toBeUndefined();
  });

  it("keeps the pre-image of a freeze that stands, and takes a new one after a thaw", () => {
    const image = [names.before("api"), [{ database: "api", role: null, value: "off" }]] as const;
    expect(standingBefore(noted(), "api")).toBeUndefined();
    expect(standingBefore(noted(image, ended("1")), "api")).toEqual([own("off")]);
    expect(standingBefore(noted(image, ended("1"), thawed("2")), "api")).toBeUndefined();
    expect(settingsBefore(noted(image, ended("1"), thawed("2")), "api")).toEqual([own("off")]);
  });
});

const calm = { old: 0, examples: [], preparedTransactions: 0 };
const frozen: FrozenDatabase = {
  name: "api",
  settings: [own("on")],
  sessions: calm,
  proofs: [{ role: "api_app", outcome: "refused" }],
};

function decide(...databases: readonly Partial<FrozenDatabase>[]) {
  const seen = databases.map((each) => ({ ...frozen, ...each }));
  return decideFrozen({ databases: seen }, contextOf({ step: "source-frozen" }));
}

describe("decideFrozen", () => {
  it("is satisfied once every database refuses, nobody old is left and the proof was made", () => {
    const insights = { name: "insights", settings: [{ ...own("on"), database: "insights" }] };
    expect(decide({}, insights)).toMatchObject({
      is: "satisfied",
      because: expect.stringContaining("api_app") as string,
    });
  });

  it("refuses writes in all databases at once, before it ends sessions", () => {
    const writable = { settings: [], sessions: undefined, proofs: [] };
    const verdict = decide(writable, { name: "insights", ...writable });
    expect(verdict).toMatchObject({
      is: "unmet",
      actions: [
        { id: "refuse-writes", data: { databases: ["api", "insights"] } },
        { id: "end-sessions", data: { databases: ["api", "insights"] } },
      ],
    });
  });

  it("of two databases touches only the one that is open", () => {
    const open = { name: "insights", settings: [], sessions: undefined, proofs: [] };
    expect(decide({}, open)).toMatchObject({
      actions: [
        { id: "refuse-writes", data: { databases: ["insights"] } },
        { data: { databases: ["insights"] } },
      ],
    });
  });

  it.each([
    ["were not counted", undefined],
    ["are left", { ...calm, old: 2, examples: ["web (api_app, 10.0.0.4): idle"] }],
  ])("ends sessions that %s", (_, sessions) => {
    expect(decide({ sessions, proofs: [] })).toMatchObject({
      is: "unmet",
      actions: [{ id: "end-sessions", data: { databases: ["api"] } }],
    });
  });

  it("takes no write that was accepted for a freeze", () => {
    expect(decide({ proofs: [{ role: "api_app", outcome: "accepted" }] })).toMatchObject({
      is: "blocked",
      findings: [{ code: "write-accepted", objects: ["role api_app"] }],
    });
  });

  it("is blocked by a prepared transaction, which no session holds", () => {
    expect(decide({ sessions: { ...calm, preparedTransactions: 1 } })).toMatchObject({
      is: "blocked",
      findings: [{ code: "prepared-transactions" }],
    });
  });

  describe("while a DNS flip is not safe yet", () => {
    const now = new Date("2026-11-23T12:00:00.000Z");
    const notes: Note[] = [
      { step: "ttl", name: "flip-safe-from", value: "2026-11-23T12:10:00.000Z", at: "" },
    ];
    const look = (settings: readonly ReadOnlySetting[], at: Date) =>
      decideFrozen({ databases: [{ ...frozen, settings }] }, contextOf({ notes, now: at }));

    it("does not begin the outage", () => {
      expect(look([], now)).toMatchObject({ is: "waiting", for: "world", lookAgainInMs: 5000 });
      expect(look([], new Date("2026-11-23T12:10:00.000Z")).is).toBe("unmet");
    });

    it("leaves a freeze that stands as it is", () => {
      expect(look([own("on")], now).is).toBe("satisfied");
    });
  });
});

describe("decideThawed", () => {
  type Seen = ThawSeen["databases"][number];
  const back: Seen = { name: "api", before: [], now: [], sessions: calm };
  const thaw = (...databases: readonly Partial<Seen>[]) =>
    decideThawed({ databases: databases.map((each) => ({ ...back, ...each })) });

  it("is satisfied when settings and sessions are as before, and where nothing was frozen", () => {
    expect(thaw({}).is).toBe("satisfied");
    expect(thaw({ before: undefined, sessions: undefined }).is).toBe("satisfied");
  });

  it("opens every database first, then ends the sessions that began read-only", () => {
    const closed = { now: [own("on")], sessions: undefined };
    expect(thaw(closed, { name: "insights", sessions: undefined })).toMatchObject({
      is: "unmet",
      actions: [{ id: "allow-writes", data: { databases: ["api"] } }],
    });
    expect(thaw({ sessions: undefined })).toMatchObject({
      actions: [{ id: "end-read-only-sessions", data: { databases: ["api"] } }],
    });
    expect(thaw({ sessions: { ...calm, old: 1 } })).toMatchObject({
      actions: [{ id: "end-read-only-sessions" }],
    });
  });
});

describe("the read-only default", () => {
  it.each<[string, readonly ReadOnlySetting[], boolean]>([
    ["no setting", [], false],
    ["on", [own("on")], true],
    ["off", [own("off")], false],
    ["true, another spelling", [own("TRUE")], true],
    ["of every database, which is not ours to trust", [{ ...own("on"), database: null }], false],
    ["a role that is off everywhere", [own("on"), of("app", "off")], false],
    ["that role, turned over here", [own("on"), of("app", "off"), of("app", "on", "api")], true],
    ["a role that is off here", [own("on"), of("app", "off", "api")], false],
  ])("%s", (_, settings, readOnly) => {
    expect(isReadOnly(settings, "api")).toBe(readOnly);
  });

  it("names each role that escapes once", () => {
    expect(escaping([of("app", "off"), of("app", "off", "api"), of("b", "on")], "api")).toEqual([
      "app",
    ]);
  });

  it("goes back exactly, names quoted, and leaves other databases alone", () => {
    const odd = 'My "api"';
    const mine = (role: string | null, value: string) => ({ database: odd, role, value });
    const settings = [mine(null, "on"), mine("App", "on"), of("all", "off"), own("on")];
    expect(restoration([mine("App", "off")], settings, odd)).toEqual([
      `ALTER DATABASE "My ""api""" RESET default_transaction_read_only`,
      `ALTER ROLE "App" IN DATABASE "My ""api""" SET default_transaction_read_only = 'off'`,
    ]);
    expect(restoration([mine(null, "on")], [mine(null, "on")], odd)).toEqual([]);
  });

  it("a setting that somebody made in the freeze joins the pre-image; ours does not", () => {
    const now = [own("on"), of("app", "on", "api"), of("late", "off", "api")];
    expect(withNewcomers([of("app", "off", "api")], now, "api")).toEqual([
      of("app", "off", "api"),
      of("late", "off", "api"),
    ]);
  });
});
