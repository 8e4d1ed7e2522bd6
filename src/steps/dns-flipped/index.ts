/**
 * `dns-flipped`: a name leads to the new place. Compares before it writes, and
 * asks the servers themselves afterwards.
 */
import { z } from "zod";
import { canonicalName } from "../../core/dns-name.ts";
import { text } from "../../core/plan/reference.ts";
import type { ActionContext, StepContext, StepKind } from "../../core/step.ts";
import type { Action } from "../../core/verdict.ts";
import { readLive } from "../dns/live-record.ts";
import { hasOneProvider, oneProvider, recordPlace } from "../dns/settings.ts";
import { sameValues, sightEverywhere } from "../dns/sightings.ts";
import type { World } from "../world.ts";
import { decideFlip, flipBefore, flippedAt, type FlipSeen } from "./decide.ts";

const settings = z
  .strictObject({
    ...recordPlace,
    to: z.array(text()).min(1).describe("The new values: addresses, or the one name of a CNAME."),
    from: z
      .array(text())
      .min(1)
      .describe("The values that the record has now. With any others nothing is changed."),
  })
  .refine(hasOneProvider, oneProvider);

type Settings = z.infer<typeof settings>;

export const dnsFlipped: StepKind<World, Settings, FlipSeen> = {
  kind: "dns-flipped",
  condition: "A DNS name leads to the new place, on every name server.",
  details:
    "Changes the record in place, only if it still has the values that the plan says (`from`), then asks every authoritative server directly, and the resolvers named in the plan. A resolver that still remembers the old answer is waited for until its time is up, and then reported: some keep answers longer than they may.",
  settings,
  example: {
    digitalocean: { zone: "opensauced.pizza" },
    name: "api",
    type: "A",
    from: ["192.0.2.10"],
    to: ["198.51.100.20"],
    resolvers: ["1.1.1.1", "8.8.8.8"],
  },
  proof: "standing",
  deadlineMs: 2 * 3_600_000,
  after: [
    {
      kind: "data-equal",
      because: "nobody is led to a database that was not compared while both stood still",
    },
  ],
  undoneOnStop: false,
  actions: {
    "flip-record": {
      touches: "DNS",
      does: "Gives the record its new values, in place.",
      crossesPointOfNoReturn: true,
    },
  },
  intends: ({ name, type, to }) => `point ${type} ${name} to ${to.join(", ")}`,
  observe,
  decide: (seen, _settings, context) => decideFlip(seen, context),
  apply,
};

async function observe(world: World, place: Settings, { signal }: StepContext): Promise<FlipSeen> {
  const live = await readLive(world, place, signal);
  const values = (templates: readonly string[]) =>
    templates.map((template) => canonicalName(world.references.text(template))).toSorted();
  const flipped = sameValues(live.values, values(place.to));
  return {
    live: { name: live.name, type: live.type, values: live.values, ttl: live.ttl },
    from: values(place.from),
    to: values(place.to),
    sightings: await sightEverywhere(world, place, live, { resolvers: flipped, signal }),
  };
}

async function apply(
  action: Action,
  world: World,
  place: Settings,
  context: ActionContext,
): Promise<void> {
  const { to, from } = action.data as {
    readonly to: readonly string[];
    readonly from: readonly string[];
  };
  const live = await readLive(world, place, context.signal);
  // Somebody may have been quicker since the look; the next look says so.
  if (JSON.stringify(live.values) !== JSON.stringify(from)) return;
  await context.note(flipBefore(live.name), { values: live.values, ttl: live.ttl });
  // Before it too: after a crash in between, resolvers must still be given their time.
  await context.note(flippedAt(live.name), context.now.toISOString());
  await live.write({ values: to }, context.signal);
  await context.note(flippedAt(live.name), context.now.toISOString());
}
