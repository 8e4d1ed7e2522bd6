/** The freeze: when it stands, what is still to be done, and how its settings go back. */
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/core/json.ts";
import type { Note } from "../../src/core/step.ts";
import {
  decideFrozen,
  type FreezeSeen,
  type FrozenDatabase,
} from "../../src/steps/source-frozen/decide.ts";
import {
  chooseLogins,
  loginsBefore,
  standingLogins,
  type RoleLogin,
} from "../../src/steps/source-frozen/logins.ts";
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
import type { Session } from "../../src/steps/source-frozen/sessions.ts";
import { decideThawed, type ThawSeen } from "../../src/steps/source-frozen/thaw.ts";
import {
  noteOfWrites,
  writesBefore,
  writesNoted,
  writtenSince,
  type Writes,
} from "../../src/steps/source-frozen/witness.ts";
import { codesOf, contextOf } from "../support/preflight.ts";

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

const session: Session = {
  database: "api",
  pid: 7,
  who: "web (api_app, 10.0.0.4): idle",
  old: true,
  beyond: false,
  writing: false,
  idleMs: 60_000,
  subscription: false,
};
const frozen: FrozenDatabase = {
  name: "api",
  settings: [own("on")],
  sessions: [],
  preparedTransactions: 0,
  subscriptions: [],
  proofs: [{ role: "api_app", outcome: "no-login" }],
  witness: undefined,
};
const login: RoleLogin = { role: "api_app", login: false, elsewhere: [] };
const refused = noted([loginsBefore, { refused: ["api_app"], left: [] }]);

function decide(
  databases: readonly Partial<FrozenDatabase>[],
  {
    notes = refused,
    crossed = false,
    ...seen
  }: Partial<FreezeSeen> & { notes?: Note[]; crossed?: boolean } = {},
) {
  return decideFrozen(
    {
      admin: "doadmin",
      logins: [login],
      databases: databases.map((each) => ({ ...frozen, ...each })),
      ...seen,
    },
    { refuseLogins: true },
    contextOf({ step: "source-frozen", notes, crossed }),
  );
}

const writable = { settings: [], sessions: undefined, proofs: [] };

describe("decideFrozen", () => {
  it("is satisfied once every database refuses, nobody old is left and the proof was made", () => {
    const insights = { name: "insights", settings: [{ ...own("on"), database: "insights" }] };
    expect(decide([{}, insights])).toMatchObject({
      is: "satisfied",
      because: expect.stringContaining("a log-in of api_app was refused") as string,
    });
  });

  it("refuses writes in all databases at once, and log-ins, before it ends sessions", () => {
    const verdict = decide([writable, { name: "insights", ...writable }], {
      notes: [],
      logins: [{ ...login, login: true }],
    });
    expect(verdict).toMatchObject({
      is: "unmet",
      actions: [
        {
          id: "refuse-writes",
          data: { databases: ["api", "insights"], logins: { refused: ["api_app"], left: [] } },
        },
        { id: "end-sessions", data: { databases: ["api", "insights"] } },
      ],
    });
  });

  it("of two databases touches only the one that is open", () => {
    const verdict = decide([{}, { name: "insights", ...writable }]);
    expect(verdict).toMatchObject({
      actions: [
        { id: "refuse-writes", data: { databases: ["insights"] } },
        { data: { databases: ["api", "insights"] } },
      ],
    });
  });

  it("refuses again a log-in that came back while the freeze stands", () => {
    expect(decide([{}], { logins: [{ ...login, login: true }] })).toMatchObject({
      actions: [{ id: "refuse-writes", data: { databases: [], logins: { refused: ["api_app"] } } }],
    });
  });

  it.each([
    ["were not counted", undefined],
    ["are left", [session]],
  ])("ends sessions that %s", (_, sessions) => {
    expect(decide([{ sessions, proofs: [] }])).toMatchObject({
      is: "unmet",
      actions: [{ id: "end-sessions", data: { databases: ["api"] } }],
    });
  });

  it("ends a session from within the freeze that writes, at any time", () => {
    const late = { ...session, old: false, writing: true };
    expect(decide([{ sessions: [late] }])).toMatchObject({
      actions: [{ id: "end-late-sessions", keepsProofs: true, data: { databases: ["api"] } }],
    });
  });

  it("takes no write that was accepted for a freeze", () => {
    expect(decide([{ proofs: [{ role: "api_app", outcome: "accepted" }] }])).toMatchObject({
      is: "blocked",
      findings: [{ code: "write-accepted", objects: ["role api_app"] }],
    });
  });

  it.each<[string, Partial<FrozenDatabase>]>([
    ["blocks prepared-transactions", { preparedTransactions: 1 }],
    ["blocks subscription-writes", { subscriptions: ["from_elsewhere"] }],
    [
      "blocks subscription-writes",
      { sessions: [{ ...session, beyond: true, subscription: true }] },
    ],
    [
      "unknown superuser-session-not-visible",
      { sessions: [{ ...session, beyond: true, writing: undefined }] },
    ],
  ])("is stopped by what it cannot stop: %s", (code, more) => {
    expect(codesOf(decide([more]))).toEqual([code]);
  });

  it("waits for a superuser that writes, and tells of one that does not", () => {
    const monitor = { ...session, beyond: true, who: "monitor" };
    expect(decide([{ sessions: [{ ...monitor, writing: true }] }])).toMatchObject({
      is: "waiting",
      reason: expect.stringContaining("monitor") as string,
    });
    expect(codesOf(decide([{ sessions: [monitor] }]))).toEqual(["warns superuser-sessions-stay"]);
  });

  describe("while a DNS flip is not safe yet", () => {
    const now = new Date("2026-11-23T12:00:00.000Z");
    const notes: Note[] = [
      { step: "ttl", name: "flip-safe-from", value: "2026-11-23T12:10:00.000Z", at: "" },
    ];
    const look = (settings: readonly ReadOnlySetting[], at: Date) =>
      decideFrozen(
        { admin: "doadmin", logins: [login], databases: [{ ...frozen, settings }] },
        { refuseLogins: true },
        contextOf({ notes: [...notes, ...refused], now: at }),
      );

    it("does not begin the outage", () => {
      expect(look([], now)).toMatchObject({
        is: "waiting",
        for: "world",
        lookAgainInMs: 5000,
        until: "2026-11-23T12:10:00.000Z",
      });
      expect(look([], new Date("2026-11-23T12:10:00.000Z")).is).toBe("unmet");
    });

    it("leaves a freeze that stands as it is", () => {
      expect(look([own("on")], now).is).toBe("satisfied");
    });
  });
});

describe("decideThawed", () => {
  type Seen = ThawSeen["databases"][number];
  const back: Seen = { name: "api", before: [], now: [], sessions: [] };
  const thaw = (...databases: readonly Partial<Seen>[]) =>
    decideThawed({ refused: [], databases: databases.map((each) => ({ ...back, ...each })) });

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
    expect(thaw({ sessions: [session] })).toMatchObject({
      actions: [{ id: "end-read-only-sessions" }],
    });
    expect(thaw({ sessions: [{ ...session, beyond: true }] }).is).toBe("satisfied");
  });

  it("gives log-ins back, even where nothing else is left to do", () => {
    expect(decideThawed({ refused: ["api_app"], databases: [back] })).toMatchObject({
      actions: [
        {
          id: "allow-writes",
          summary: "Let api_app log in again",
          data: { databases: [], roles: ["api_app"] },
        },
      ],
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

describe("which log-ins are refused", () => {
  const open = (role: string, elsewhere: readonly string[] = []): RoleLogin => ({
    role,
    login: true,
    elsewhere,
  });
  const choose = (...logins: readonly RoleLogin[]) =>
    chooseLogins(logins, { admin: "doadmin", refuse: true });

  it("never the admin's, nor those of a role that others need; nor any that the plan leaves", () => {
    const chosen = choose(open("api_app"), open("doadmin"), open("shared", ["shop"]));
    expect(chosen.refused).toEqual(["api_app"]);
    expect(chosen.left.map(({ role }) => role)).toEqual(["doadmin", "shared"]);
    const none = chooseLogins([open("api_app")], { admin: "doadmin", refuse: false });
    expect(none.refused).toEqual([]);
  });

  it("not of a role that could not log in before: the thaw would let it", () => {
    expect(choose({ ...open("group"), login: false }).refused).toEqual([]);
  });

  it("is remembered until a thaw, also one of a single database", () => {
    expect(standingLogins(refused)?.refused).toEqual(["api_app"]);
    expect(standingLogins([...refused, ...noted(thawed("2"))])).toBeUndefined();
  });
});

describe("the witness", () => {
  const writes: Writes = {
    xid: "100",
    rows: "7",
    tables: "3 9",
    countedSince: "t",
    exact: true,
  };
  const counted = (value: Writes = writes) => [writesBefore("api"), noteOfWrites(value)] as const;
  const notes = [...refused, ...noted(before, ended("1"), counted())];
  const look = (now: Partial<Writes>, more: Partial<FrozenDatabase> = {}, past = false) =>
    decide([{ witness: { before: writes, now: { ...writes, ...now } }, ...more }], {
      notes: [...notes],
      crossed: past,
    });
  const recent = { ...session, old: false, idleMs: 20 };

  it("is of one freeze: a thaw, or writes refused anew, make it void", () => {
    expect(writesNoted(notes, "api")).toEqual(writes);
    expect(writesNoted(noted(before, ended("1"), counted(), before, ended("2")), "api")).toBe(
      undefined,
    );
    expect(writesNoted(noted(before, ended("1"), counted(), thawed("2")), "api")).toBe(undefined);
  });

  it.each<[string, Partial<Writes>, string | undefined]>([
    ["no id given out", { rows: "8" }, undefined],
    ["ids given out elsewhere", { xid: "105" }, undefined],
    ["rows", { xid: "101", rows: "9" }, "2 rows were written"],
    ["tables", { xid: "101", tables: "3 8" }, "tables were made, altered, truncated or dropped"],
    [
      "a restart",
      { xid: "101", countedSince: "u" },
      expect.stringContaining("restarted") as string,
    ],
  ])("%s", (_, now, said) => {
    expect(writtenSince({ before: writes, now: { ...writes, ...now } })).toEqual(said);
  });

  it("stops the run, and after the point of no return warns", () => {
    const now = { xid: "101", rows: "9" };
    expect(codesOf(look(now))).toEqual(["blocks written-past-the-freeze"]);
    expect(codesOf(look(now, {}, true))).toEqual(["warns written-past-the-freeze"]);
  });

  it("does not take for nothing what a living session may not have counted yet", () => {
    const end = { is: "unmet", actions: [{ id: "end-late-sessions", keepsProofs: true }] };
    expect(look({ xid: "101" }, { sessions: [recent] })).toMatchObject(end);
    expect(look({ xid: "101" }, { sessions: [{ ...recent, idleMs: undefined }] })).toMatchObject(
      end,
    );
    expect(look({ xid: "101" }, { sessions: [{ ...recent, idleMs: 12_000 }] }).is).toBe(
      "satisfied",
    );
    expect(look({}, { sessions: [recent] }).is).toBe("satisfied");
  });

  it("is unknown where the server does not count, and told to be rough before 15", () => {
    expect(
      codesOf(
        decide([
          {
            witness: {
              before: { ...writes, rows: undefined },
              now: { ...writes, xid: "101", rows: undefined },
            },
          },
        ]),
      ),
    ).toEqual(["unknown writes-not-counted"]);
    expect(
      codesOf(
        decide([
          { witness: { before: { ...writes, exact: false }, now: { ...writes, xid: "101" } } },
        ]),
      ),
    ).toEqual(["warns writes-counted-roughly"]);
  });
});
