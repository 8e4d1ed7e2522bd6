/** What `pulumi preview --json` says would happen. Pure. */
import { z } from "zod";
import { complaintsAmong } from "./complaints.ts";
import { UnreadableError } from "../../core/errors.ts";

export interface PreviewStep {
  /** The engine's word: `same`, `update`, `create-replacement`, `delete-replaced`. */
  readonly op: string;
  readonly urn: string;
  /** `kubernetes:core/v1:Secret`; from the URN where there is no state. */
  readonly type: string;
  /** Names of the top-level properties that differ. */
  readonly diffs: readonly string[];
  readonly replaces: readonly string[];
}

export interface Preview {
  readonly steps: readonly PreviewStep[];
  /** Number of steps by op; never empty. */
  readonly changeSummary: { readonly [op: string]: number };
  readonly errors: readonly string[];
  readonly maybeCorrupt: boolean;
}

const list = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
const state = z.object({ type: z.string().optional() }).nullish();

const preview = z.object({
  steps: z
    .array(
      z.object({
        op: z.string(),
        urn: z.string(),
        oldState: state,
        newState: state,
        diffReasons: list,
        replaceReasons: list,
      }),
    )
    .nullish(),
  diagnostics: z
    .array(z.object({ message: z.string().optional(), severity: z.string().optional() }))
    .nullish(),
  changeSummary: z.record(z.string(), z.number()).nullish(),
  maybeCorrupt: z.boolean().nullish(),
});

/** `urn:pulumi:stack::project::parent$type::name` */
function typeInUrn(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/**
 * Throws UnreadableError for text that is no preview, and for one without a
 * summary: the CLI prints such a one when it was cut short, and it would read
 * as "nothing changes".
 */
export function readPreview(text: string): Preview {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw new UnreadableError({
      message: "pulumi preview printed something that is not JSON.",
      meaning: "What an update would do is not known.",
    });
  }
  const parsed = preview.safeParse(raw);
  if (!parsed.success) {
    throw new UnreadableError({
      message: `pulumi preview printed something unknown: ${z.prettifyError(parsed.error)}`,
    });
  }
  const { steps, diagnostics, changeSummary, maybeCorrupt } = parsed.data;
  if (Object.keys(changeSummary ?? {}).length === 0) {
    throw new UnreadableError({
      message: "pulumi preview ended without a summary of changes.",
      meaning: "What an update would do is not known; it is not the same as nothing.",
    });
  }
  return {
    steps: (steps ?? []).map((step) => ({
      op: step.op,
      urn: step.urn,
      type: step.newState?.type ?? step.oldState?.type ?? typeInUrn(step.urn),
      diffs: step.diffReasons,
      replaces: step.replaceReasons,
    })),
    changeSummary: changeSummary ?? {},
    errors: (diagnostics ?? [])
      .filter(({ severity }) => severity === "error")
      .map(({ message }) => message?.trim() ?? ""),
    maybeCorrupt: maybeCorrupt ?? false,
  };
}

/** The errors of a preview that failed, as the CLI itself would print them. */
export function errorsInPreview(text: string): string {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return "";
  }
  const { diagnostics } = preview.safeParse(raw).data ?? {};
  return complaintsAmong(diagnostics ?? []);
}
