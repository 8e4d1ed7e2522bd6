/**
 * `source-frozen`: writes stopped on the source, and proven stopped. Nothing
 * here may leave the source frozen without a note that tells how to thaw it.
 */
import { z } from "zod";
import type { StepKind } from "../../core/step.ts";
import type { World } from "../world.ts";
import { applyFreeze } from "./apply.ts";
import { decideFrozen, type FreezeSeen } from "./decide.ts";
import { observeFreeze, observeThaw } from "./observe.ts";
import { decideThawed, type ThawSeen } from "./thaw.ts";

const settings = z.strictObject({
  refuseLogins: z
    .boolean()
    .default(true)
    .describe(
      "Also refuse the log-ins of the plan's roles (`ALTER ROLE ... NOLOGIN`) until the thaw, so that no session of theirs can step over the read-only default. Never those of the admin, nor of a role with sessions in databases outside of the plan. `false`: applications can log in and read during the freeze; what writes past it is found, and stops the run.",
    ),
});

export type FreezeSettings = z.infer<typeof settings>;
type Seen = FreezeSeen | ThawSeen;

export const sourceFrozen: StepKind<World, FreezeSettings, Seen> = {
  kind: "source-frozen",
  condition: "No application can write to the source, proven by trying.",
  details:
    "Makes read-only the default of every database of the plan (and of roles whose own setting would beat it), refuses the log-ins of the plan's roles where it may, ends the sessions from before, and then tries to log in and to write as every application role. Looked at again right before the point of no return: who has written since the comparison is found by PostgreSQL's transaction ids and counters. The outage begins here. Undone at once when the run stops before the point of no return: settings and log-ins exactly as before, and sessions from within the freeze ended so that applications reconnect writable. Waits until the DNS flip is safe, when a `dns-ttl-lowered` step stands before it; that time does not count against the deadline.",
  settings,
  proof: "standing",
  deadlineMs: 5 * 60_000,
  after: [
    {
      kind: "preflight-passed",
      because: "an outage must not begin before everything that can be checked was checked",
    },
  ],
  undoneOnStop: true,
  actions: {
    "refuse-writes": {
      touches: "source",
      does: "Makes read-only the default of every database and refuses log-ins: the outage begins.",
    },
    "end-sessions": {
      touches: "source",
      does: "Ends the sessions that could still write.",
    },
    "end-late-sessions": {
      touches: "source",
      does: "Ends sessions from within the freeze that may have stepped over it, so that what they wrote is counted.",
    },
  },
  intends: () => "stop writes on the source and prove it: the outage begins here",
  observe: observeFreeze,
  decide: (seen, given, context) => decideFrozen(seen as FreezeSeen, given, context),
  apply: applyFreeze,
  undo: {
    actions: {
      "allow-writes": {
        touches: "source",
        does: "Sets the read-only defaults and the log-ins back to what they were.",
      },
      "end-read-only-sessions": {
        touches: "source",
        does: "Ends the sessions that began read-only, so that applications reconnect.",
      },
    },
    observe: observeThaw,
    decide: (seen) => decideThawed(seen as ThawSeen),
  },
};
