/** The gate: satisfied only by a recorded yes. */
import { z } from "zod";
import type { StepKind, VoidedApproval } from "../core/step.ts";
import type { World } from "./world.ts";

const settings = z.strictObject({
  question: z
    .string()
    .min(1)
    .default("Go on with the migration?")
    .describe("What the person says yes to; shown at the gate and in the journal."),
});

type Settings = z.infer<typeof settings>;

export const approved: StepKind<World, Settings, undefined> = {
  kind: "approved",
  condition: "A person has said yes.",
  details:
    "On a terminal the run asks. Elsewhere it stops with exit code 4 and says how to go on: `run --resume --approve ID`. Who said yes, and when, is journaled. A yes counts once: when what it allowed is undone, as by a stop in the freeze, the next resume asks again. Put it before the freeze: a run that stops at a gate does not stay frozen.",
  settings,
  example: { question: "Freeze the source now? The outage begins." },
  proof: "moment",
  deadlineMs: 7 * 86_400_000,
  after: [],
  undoneOnStop: false,
  actions: {},
  intends: ({ question }) => `ask for a yes: ${question}`,
  observe: () => Promise.resolve(undefined),
  decide: (_seen, { question }, { approval, voided }) =>
    approval === undefined
      ? { is: "waiting", for: "approval", reason: `${question}${noMore(voided)}` }
      : {
          is: "satisfied",
          because: `approved by ${approval.who} at ${approval.at} (${approval.how})`,
        },
  apply: () => Promise.reject(new Error("A gate has no action.")),
};

function noMore(voided: VoidedApproval | undefined): string {
  if (voided === undefined) return "";
  const { who, at, undone } = voided;
  return ` (The yes of ${who}, given at ${at}, counts no more: step ${undone.step}, which it allowed, was undone at ${undone.at}.)`;
}
