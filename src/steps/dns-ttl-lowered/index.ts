/**
 * `dns-ttl-lowered`: the record may be forgotten quickly, so that its flip is
 * seen quickly. Done early: caches keep the old answer for the old TTL.
 */
import { z } from "zod";
import { duration } from "../../core/plan/fields.ts";
import type { ActionContext, StepContext, StepKind } from "../../core/step.ts";
import type { Action, Verdict } from "../../core/verdict.ts";
import type { Sighting } from "../../providers/dns/index.ts";
import { flipSafeFrom } from "../dns/flip-safe.ts";
import { readLive, type LiveRecord } from "../dns/live-record.ts";
import { hasOneProvider, oneProvider, recordPlace } from "../dns/settings.ts";
import { showSighting, sightEverywhere } from "../dns/sightings.ts";
import { latestFact } from "../facts.ts";
import type { World } from "../world.ts";

const settings = z
  .strictObject({
    ...recordPlace,
    ttl: duration()
      .prefault("30s")
      .describe("The TTL during the migration. DigitalOcean's least is 30s."),
  })
  .refine(hasOneProvider, oneProvider);

type Settings = z.infer<typeof settings>;

interface TtlSeen {
  readonly live: LiveRecord;
  readonly sightings: readonly Sighting[];
}

interface Before {
  readonly ttl: number;
}

export const dnsTtlLowered: StepKind<World, Settings, TtlSeen> = {
  kind: "dns-ttl-lowered",
  condition: "A DNS record is cached only briefly, on every name server.",
  details:
    "Lowers the TTL of the record in place, remembers the old one, and waits until every authoritative server serves the new TTL. From then on the old TTL must pass before a flip is seen quickly everywhere; the freeze and the flip wait for that moment. Undo restores the old TTL.",
  settings,
  example: { digitalocean: { zone: "opensauced.pizza" }, name: "api", type: "A", ttl: "30s" },
  proof: "standing",
  deadlineMs: 30 * 60_000,
  after: [],
  undoneOnStop: false,
  actions: {
    "lower-ttl": {
      touches: "DNS",
      does: "Lowers the TTL of the record in place.",
    },
    "note-safe-moment": {
      touches: "journal",
      does: "Notes from when on no cache has the old TTL any more.",
    },
  },
  intends: ({ name, ttl }) => `lower the TTL of ${name} to ${ttl / 1000} s`,
  observe,
  decide,
  apply,
  undo: {
    actions: {
      "restore-ttl": {
        touches: "DNS",
        does: "Sets the TTL back to what it was.",
      },
    },
    observe,
    decide: decideUndo,
  },
};

/** The notes of this kind, for one record. */
const names = {
  before: (live: LiveRecord) => `ttl-before ${live.type} ${live.name}`,
  /** When the safe moment was noted; null while it must be noted anew. */
  lowered: (live: LiveRecord) => `ttl-lowered ${live.type} ${live.name}`,
  /** The TTL that was last lowered: seconds for which caches may keep the old answer. */
  raised: (live: LiveRecord) => `ttl-lowered-from ${live.type} ${live.name}`,
};

async function observe(world: World, place: Settings, { signal }: StepContext): Promise<TtlSeen> {
  const live = await readLive(world, place, signal);
  return {
    live,
    sightings: await sightEverywhere(world, place, live, { resolvers: false, signal }),
  };
}

function decide({ live, sightings }: TtlSeen, { ttl }: Settings, context: StepContext): Verdict {
  const wanted = ttl / 1000;
  if (live.ttl > wanted) {
    return {
      is: "unmet",
      because: `${live.name} has a TTL of ${live.ttl} s`,
      actions: [
        {
          id: "lower-ttl",
          summary: `Lower the TTL of ${live.type} ${live.name} from ${live.ttl} s to ${wanted} s`,
          touches: "DNS",
          data: { ttl: wanted, before: live.ttl },
        },
      ],
    };
  }
  const authoritative = sightings.filter(({ role }) => role === "authoritative");
  const late = authoritative.filter(
    (sighting) => sighting.is !== "served" || sighting.ttl > wanted,
  );
  if (late.length > 0) {
    return {
      is: "waiting",
      for: "world",
      reason: `name servers do not serve the new TTL yet: ${late.map(showSighting).join("; ")}`,
    };
  }
  if (typeof latestFact(context.notes, names.lowered(live)) !== "string")
    return noteMoment(live, context);
  const safe = latestFact(context.notes, flipSafeFrom) as string;
  return {
    is: "satisfied",
    because: `${live.name} is served with a TTL of ${live.ttl} s by every name server; a flip is safe from ${safe}`,
  };
}

/** The old answer may have been cached until this very moment, for the old TTL. */
function noteMoment(live: LiveRecord, context: StepContext): Verdict {
  const raised = latestFact(context.notes, names.raised(live));
  const seconds = typeof raised === "number" ? raised : 0;
  const safe = new Date(context.now.getTime() + seconds * 1000).toISOString();
  return {
    is: "unmet",
    because: "every name server serves the new TTL",
    actions: [
      {
        id: "note-safe-moment",
        summary: `Note that a flip of ${live.name} is safe from ${safe} on`,
        touches: "journal",
        data: { safe },
      },
    ],
  };
}

function decideUndo({ live }: TtlSeen, _settings: Settings, context: StepContext): Verdict {
  const before = latestFact(context.notes, names.before(live)) as Before | undefined;
  if (before === undefined || live.ttl === before.ttl) {
    return { is: "satisfied", because: `the TTL of ${live.name} is ${live.ttl} s, as before` };
  }
  return {
    is: "unmet",
    because: `the TTL of ${live.name} is ${live.ttl} s, and was ${before.ttl} s`,
    actions: [
      {
        id: "restore-ttl",
        summary: `Set the TTL of ${live.type} ${live.name} back to ${before.ttl} s`,
        touches: "DNS",
        data: { ttl: before.ttl, before: live.ttl },
      },
    ],
  };
}

async function apply(
  action: Action,
  world: World,
  place: Settings,
  context: ActionContext,
): Promise<void> {
  const data = action.data as {
    readonly ttl: number;
    readonly before: number;
    readonly safe: string;
  };
  const live = await readLive(world, place, context.signal);
  if (action.id === "note-safe-moment") {
    await context.note(flipSafeFrom, later(latestFact(context.notes, flipSafeFrom), data.safe));
    await context.note(names.lowered(live), context.now.toISOString());
    return;
  }
  if (action.id === "lower-ttl") {
    if (latestFact(context.notes, names.before(live)) === undefined) {
      await context.note(names.before(live), { ttl: live.ttl });
    }
    // Whoever raised it again made caches remember for longer again: the moment is no more.
    await context.note(names.lowered(live), null);
    await context.note(names.raised(live), live.ttl);
  }
  await live.write({ ttl: data.ttl }, context.signal);
}

/** Several records may be lowered: the freeze waits for the last of them. */
function later(known: unknown, safe: string): string {
  return typeof known === "string" && known > safe ? known : safe;
}
