/** A flip, and the TTL before it: when it is made, when it is seen, what a crash in between leaves. */
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/core/json.ts";
import type { ActionContext, Note, StepContext } from "../../src/core/step.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import type { Sighting } from "../../src/providers/dns/index.ts";
import { spread } from "../../src/steps/dns/live-record.ts";
import { decideFlip, type FlipSeen } from "../../src/steps/dns-flipped/decide.ts";
import { dnsFlipped } from "../../src/steps/dns-flipped/index.ts";
import { dnsTtlLowered } from "../../src/steps/dns-ttl-lowered/index.ts";
import type { World } from "../../src/steps/world.ts";
import { contextOf, findingsOf } from "../support/preflight.ts";

const now = new Date("2026-11-23T12:00:00.000Z");

function sighting(data: readonly string[], more: Partial<Sighting> = {}): Sighting {
  const server = { name: "ns1", address: "192.0.2.53", port: 53 };
  const served = { is: "served", aliases: [], data, ttl: 30, server, role: "authoritative" };
  return { ...served, ...more } as Sighting;
}

const unreadable = (role: "authoritative" | "resolver") =>
  ({ ...sighting([]), role, is: "could not check", reason: "no answer" }) as Sighting;

const [a, b, c, d] = ["192.0.2.1", "192.0.2.2", "198.51.100.1", "198.51.100.2"] as const;

const before: FlipSeen = {
  live: { name: "api.example.com", type: "A", values: [a], ttl: 30 },
  from: [a],
  to: [c],
  sightings: [],
};
const flipped: FlipSeen = {
  ...before,
  live: { ...before.live, values: [c] },
  sightings: [sighting([c])],
};

function noted(...values: readonly (readonly [string, Json])[]): Note[] {
  return values.map(([name, value]) => ({ step: "s", name, value, at: now.toISOString() }));
}

const decide = (seen: FlipSeen, context: Partial<StepContext> = {}) =>
  decideFlip(seen, contextOf({ now, ...context }));
const codes = (verdict: Verdict) => findingsOf(verdict).map(({ code }) => code);

describe("dns-flipped", () => {
  it("changes a record that has the values of the plan, past the point of no return", () => {
    expect(decide(before)).toMatchObject({
      is: "unmet",
      actions: [{ id: "flip-record", crossesPointOfNoReturn: true, data: { from: [a], to: [c] } }],
    });
  });

  it("changes none that somebody else edits", () => {
    const seen = { ...before, live: { ...before.live, values: [d] } };
    expect(codes(decide(seen))).toEqual(["record-changed-meanwhile"]);
    const notes = noted(["flip-before api.example.com", {}]);
    expect(codes(decide(seen, { notes }))).toEqual(["record-changed-meanwhile"]);
  });

  it("goes on with one that a crash left changed in part, and only then", () => {
    const seen = { ...before, from: [a, b], to: [c, d], live: { ...before.live, values: [b, c] } };
    expect(codes(decide(seen))).toEqual(["record-changed-meanwhile"]);
    const notes = noted(["flip-before api.example.com", { values: [a, b], ttl: 30 }]);
    expect(decide(seen, { notes })).toMatchObject({
      is: "unmet",
      actions: [{ data: { from: [b, c], to: [c, d] } }],
    });
  });

  it("refuses another number of values", () => {
    expect(codes(decide({ ...before, to: [c, d] }))).toEqual(["record-count-differs"]);
  });

  it("waits until the old TTL has run out", () => {
    const notes = noted(["flip-safe-from", "2026-11-23T12:00:01.000Z"]);
    expect(decide(before, { notes }).is).toBe("waiting");
    expect(decide(before, { notes, now: new Date("2026-11-23T12:00:01.000Z") }).is).toBe("unmet");
  });

  it("waits no second time for what the freeze has waited for, whatever the clock says now", () => {
    const safe = "2026-11-23T12:00:01.000Z";
    const reached = noted(["flip-safe-from", safe], ["flip-safe-reached", safe]);
    expect(decide(before, { notes: reached }).is).toBe("unmet");
    const later = noted(
      ["flip-safe-from", safe],
      ["flip-safe-reached", safe],
      ["flip-safe-from", "2026-11-23T12:30:00.000Z"],
    );
    expect(decide(before, { notes: later }).is).toBe("waiting");
  });

  it("is satisfied once every name server answers so, whoever flipped it", () => {
    expect(decide(flipped)).toMatchObject({ is: "satisfied", pastPointOfNoReturn: true });
    const alias = sighting([d], { aliases: [c] });
    expect(decide({ ...flipped, sightings: [alias] }).is).toBe("satisfied");
  });

  it.each<[string, Sighting]>([
    ["answers the old", sighting([a])],
    ["cannot be asked", unreadable("authoritative")],
  ])("waits while one name server %s", (_, late) => {
    expect(decide({ ...flipped, sightings: [sighting([c]), late] }).is).toBe("waiting");
  });

  it("is never satisfied by no name server", () => {
    const resolver = sighting([c], { role: "resolver" });
    expect(codes(decide({ ...flipped, sightings: [resolver] }))).toEqual(["no-name-server-asked"]);
  });

  it("waits for a resolver for as long as it may remember, then warns", () => {
    const sightings = [sighting([c]), sighting([a], { role: "resolver" })];
    const notes = noted(
      ["flip-before api.example.com", { values: [a], ttl: 30 }],
      ["flipped-at api.example.com", now.toISOString()],
    );
    expect(decide({ ...flipped, sightings }, { notes }).is).toBe("waiting");
    const later = new Date(now.getTime() + 60_001);
    expect(codes(decide({ ...flipped, sightings }, { notes, now: later }))).toEqual([
      "resolver-stale",
    ]);
  });
});

it("a flip that a crash cut off from its end still gives resolvers their time", async () => {
  const notes: Note[] = [];
  const context: ActionContext = {
    ...contextOf({ now, step: "s", notes }),
    note: (name, value) => {
      notes.push({ step: "s", name, value, at: now.toISOString() });
      return Promise.resolve();
    },
  };
  const record = { id: 1, type: "A", name: "api.example.com", data: a, ttl: 30 };
  const world = {
    references: { text: (text: string) => text },
    digitalOcean: {
      listRecords: () => Promise.resolve([record]),
      // The record is changed, and nothing of this process comes after it.
      patchRecord: () => Promise.reject(new Error("killed")),
    },
  } as unknown as World;
  const place = { digitalocean: { zone: "example.com" }, name: "api", type: "A" };
  const verdict = decide(before);
  if (verdict.is !== "unmet") throw new Error("It was unmet.");
  const settings = place as Parameters<typeof dnsFlipped.apply>[2];
  const applied = dnsFlipped.apply(verdict.actions[0], world, settings, context);
  await expect(applied).rejects.toThrow("killed");
  const sightings = [sighting([c]), sighting([a], { role: "resolver" })];
  expect(decide({ ...flipped, sightings }, { notes })).toMatchObject({ is: "waiting" });
});

describe("the values of several records", () => {
  it.each<[string, readonly string[], readonly string[] | undefined, readonly unknown[]]>([
    ["all new", [a, b], [c, d], [c, d]],
    ["one changed already", [b, c], [c, d], [d, c]],
    ["all changed already", [c, d], [c, d], [c, d]],
    ["twins, which are made two", [c, c], [c, d], [c, d]],
    ["only the TTL", [a, b], undefined, [undefined, undefined]],
  ])("%s", (_, records, values, wanted) => {
    expect(spread(records, values)).toEqual(wanted);
  });
});

describe("dns-ttl-lowered", () => {
  const live = {
    name: "api.example.com",
    type: "A",
    zone: "example.com",
    values: [a],
    ttl: 30,
    write: () => Promise.resolve(),
  } as const;
  const look = (ttl: number, served: number, ...notes: readonly (readonly [string, Json])[]) =>
    dnsTtlLowered.decide(
      { live: { ...live, ttl }, sightings: [sighting([a], { ttl: served })] },
      { ttl: 30_000 } as Parameters<typeof dnsTtlLowered.decide>[1],
      contextOf({ now, notes: noted(...notes) }),
    );
  const from = ["ttl-lowered-from A api.example.com", 1800] as const;

  it("lowers, waits for every name server, notes the moment, and is satisfied", () => {
    expect(look(1800, 1800)).toMatchObject({ actions: [{ id: "lower-ttl", data: { ttl: 30 } }] });
    expect(look(30, 1800, from).is).toBe("waiting");
    expect(look(30, 30, from)).toMatchObject({
      actions: [{ id: "note-safe-moment", data: { safe: "2026-11-23T12:30:00.000Z" } }],
    });
    const done = ["ttl-lowered A api.example.com", "then"] as const;
    expect(look(30, 30, from, ["flip-safe-from", "then"], done).is).toBe("satisfied");
  });

  it("notes a new moment when somebody raised it in between", () => {
    const notes = [
      from,
      ["flip-safe-from", "then"],
      ["ttl-lowered A api.example.com", null],
    ] as const;
    expect(look(30, 30, ...notes)).toMatchObject({ actions: [{ id: "note-safe-moment" }] });
  });
});
