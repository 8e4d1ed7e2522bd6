/**
 * A preview: looks at every step and applies nothing. It is handed looks only,
 * so `apply` is out of its reach.
 */
import { MigrationError } from "../core/errors.ts";
import type { Proven } from "../core/journal/checkpoint.ts";
import type { Step, StepContext } from "../core/step.ts";
import type { Verdict } from "../core/verdict.ts";

export interface SurveyedStep {
  readonly id: string;
  readonly kind: string;
  readonly intends: string;
  /** What the look gave, or the error because of which it gave nothing. */
  readonly seen:
    | { readonly verdict: Verdict }
    | { readonly unreadable: { readonly message: string; readonly remedy?: string } };
  /** An earlier step that is not yet satisfied: this answer may change with it. */
  readonly dependsOn: string | undefined;
}

export type Look = Pick<Step, "id" | "kind" | "intends" | "proof" | "look">;

export async function survey(
  steps: readonly Look[],
  contextOf: (step: string) => StepContext,
  {
    watch = () => undefined,
    kept = () => undefined,
  }: {
    readonly watch?: (step: string) => void;
    /** What a run would not ask again. */
    readonly kept?: (step: Look) => Proven | undefined;
  } = {},
): Promise<readonly SurveyedStep[]> {
  const surveyed: SurveyedStep[] = [];
  let unsettled: string | undefined;
  for (const step of steps) {
    const context = contextOf(step.id);
    if (context.signal.aborted) break;
    watch(step.id);
    const proven = kept(step);
    const seen =
      proven === undefined ? await lookOnce(step, context) : { verdict: notAsked(proven) };
    surveyed.push({
      id: step.id,
      kind: step.kind,
      intends: step.intends,
      seen,
      dependsOn: unsettled,
    });
    if (!("verdict" in seen) || seen.verdict.is !== "satisfied") unsettled ??= step.id;
  }
  return surveyed;
}

function notAsked({ because, at }: Proven): Verdict {
  return { is: "satisfied", because: `${because} (proven at ${at}, not asked again)` };
}

async function lookOnce(step: Look, context: StepContext): Promise<SurveyedStep["seen"]> {
  try {
    return { verdict: await step.look(context) };
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    const { message, remedy } = error;
    return { unreadable: { message, ...(remedy === undefined ? {} : { remedy }) } };
  }
}
