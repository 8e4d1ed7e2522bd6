/** Whether to flip, and whether the flip is seen: pure. */
import type { Finding } from "../../core/finding.ts";
import type { StepContext } from "../../core/step.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { Sighting } from "../../providers/dns/index.ts";
import { waitUntilFlipSafe } from "../dns/flip-safe.ts";
import { sameValues, showSighting } from "../dns/sightings.ts";
import { latestFact } from "../facts.ts";

export interface FlipSeen {
  readonly live: {
    readonly name: string;
    readonly type: string;
    readonly values: readonly string[];
    readonly ttl: number;
  };
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly sightings: readonly Sighting[];
}

/** Noted before the change: `{values, ttl}`. */
export function flipBefore(name: string): string {
  return `flip-before ${name}`;
}

/** Noted before the change, and again after it: when. */
export function flippedAt(name: string): string {
  return `flipped-at ${name}`;
}

/** Resolvers may keep an answer a little beyond its TTL, and count it from their own asking. */
const graceMs = 30_000;

export function decideFlip(seen: FlipSeen, context: StepContext): Verdict {
  const { live, from, to } = seen;
  if (!sameValues(live.values, to)) {
    if (!sameValues(live.values, from) && !isHalfFlipped(seen, context))
      return { is: "blocked", findings: [changedMeanwhile(seen)] };
    if (from.length !== to.length) return { is: "blocked", findings: [otherCount(seen)] };
    return waitUntilSafe(context) ?? flip(seen);
  }
  const shown = (sighting: Sighting) =>
    sighting.is === "served" && (sameValues(sighting.data, to) || leadsTo(sighting, to));
  const authoritative = seen.sightings.filter(({ role }) => role === "authoritative");
  if (authoritative.length === 0) return { is: "blocked", findings: [nobodyAsked(seen)] };
  const late = authoritative.filter((sighting) => !shown(sighting));
  if (late.length > 0) {
    const reason = `name servers do not answer ${to.join(", ")} yet: ${late.map(showSighting).join("; ")}`;
    const unread = late.every((sighting) => sighting.is === "could not check");
    return { is: "waiting", for: "world", reason, ...(unread ? { unread } : {}) };
  }
  const stale = seen.sightings.filter(
    (sighting) => sighting.role === "resolver" && !shown(sighting),
  );
  if (stale.length > 0 && !timeIsUp(seen, context)) {
    const reason = `resolvers still remember the old answer: ${stale.map(showSighting).join("; ")}`;
    return { is: "waiting", for: "world", reason };
  }
  return {
    is: "satisfied",
    because: `${live.name} leads to ${to.join(", ")} on all ${authoritative.length} name servers`,
    warnings: stale.length === 0 ? [] : [straggling(seen, stale)],
    pastPointOfNoReturn: true,
  };
}

/** DigitalOcean changes record by record: a crash between two of them leaves some of each. */
function isHalfFlipped({ live, from, to }: FlipSeen, { notes }: StepContext): boolean {
  return (
    latestFact(notes, flipBefore(live.name)) !== undefined &&
    live.values.length === from.length &&
    live.values.every((value) => from.includes(value) || to.includes(value))
  );
}

/** A CNAME's own record is not in `data`, which holds what it leads to. */
function leadsTo(sighting: Sighting, to: readonly string[]): boolean {
  return sighting.is === "served" && sighting.aliases.some((alias) => to.includes(alias));
}

function waitUntilSafe(context: StepContext): Verdict | undefined {
  return waitUntilFlipSafe(
    context,
    (safeFrom) => `resolvers may keep the old answer with its old TTL until ${safeFrom}`,
  );
}

function flip({ live, to }: FlipSeen): Verdict {
  return {
    is: "unmet",
    because: `${live.name} leads to ${live.values.join(", ")}`,
    actions: [
      {
        id: "flip-record",
        summary: `Point ${live.type} ${live.name} from ${live.values.join(", ")} to ${to.join(", ")}`,
        touches: "DNS",
        data: { from: live.values, to },
        crossesPointOfNoReturn: true,
      },
    ],
  };
}

/** Without a note of ours the flip was made before: every cache had its time. */
function timeIsUp({ live }: FlipSeen, context: StepContext): boolean {
  const flipped = latestFact(context.notes, flippedAt(live.name));
  const before = latestFact(context.notes, flipBefore(live.name)) as
    | { readonly ttl?: number }
    | undefined;
  if (typeof flipped !== "string") return true;
  const until = new Date(flipped).getTime() + (before?.ttl ?? live.ttl) * 1000 + graceMs;
  return context.now.getTime() > until;
}

function nobodyAsked({ live }: FlipSeen): Finding {
  return {
    code: "no-name-server-asked",
    severity: "unknown",
    message: `No name server was asked about ${live.name}, so whether it is served is not known.`,
    remedy: "Name the zone's servers in the plan (`authoritative`), or leave the setting out.",
  };
}

function changedMeanwhile({ live, from, to }: FlipSeen): Finding {
  return {
    code: "record-changed-meanwhile",
    severity: "blocks",
    message: `${live.type} ${live.name} has the values ${live.values.join(", ")}; the plan expects ${from.join(", ")} and wants ${to.join(", ")}. Somebody else edits it.`,
    remedy: "Find out who, set the record back or correct `from` in the plan.",
  };
}

function otherCount({ live, from, to }: FlipSeen): Finding {
  return {
    code: "record-count-differs",
    severity: "blocks",
    message: `${live.type} ${live.name} has ${from.length} values and the plan wants ${to.length}; records are changed in place only, never deleted or created.`,
    remedy: "Give as many new values as there are old ones.",
  };
}

function straggling({ live }: FlipSeen, stale: readonly Sighting[]): Finding {
  return {
    code: "resolver-stale",
    severity: "warns",
    message: `Resolvers still give the old answer for ${live.name} although its TTL has passed (RFC 8767 lets them when they cannot ask).`,
    objects: stale.map(showSighting),
    remedy: "Clients behind them keep reaching the old place; flush them if they are yours.",
  };
}
