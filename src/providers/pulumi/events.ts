/** Engine events as `pulumi up --json` streams them, one JSON line each. Pure. */
import { z } from "zod";
import { complaintsAmong } from "./complaints.ts";

export type PulumiEvent =
  /** A resource is about to be changed. */
  | { readonly is: "started"; readonly op: string; readonly urn: string; readonly type: string }
  | { readonly is: "done"; readonly op: string; readonly urn: string; readonly type: string }
  | { readonly is: "failed"; readonly op: string; readonly urn: string; readonly type: string }
  | {
      readonly is: "said";
      readonly severity: string;
      readonly message: string;
      readonly urn: string | undefined;
    }
  | {
      readonly is: "summary";
      readonly changes: { readonly [op: string]: number };
      readonly maybeCorrupt: boolean;
    };

const metadata = z.object({
  metadata: z.object({ op: z.string(), urn: z.string(), type: z.string() }),
});
const line = z.object({
  resourcePreEvent: metadata.optional(),
  resOutputsEvent: metadata.optional(),
  resOpFailedEvent: metadata.optional(),
  diagnosticEvent: z
    .object({ message: z.string(), severity: z.string(), urn: z.string().optional() })
    .optional(),
  summaryEvent: z
    .object({
      resourceChanges: z.record(z.string(), z.number()).nullish(),
      maybeCorrupt: z.boolean().optional(),
    })
    .optional(),
});

/** Undefined for what is no event, or one that says nothing to a person. */
export function readEvent(text: string): PulumiEvent | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = line.safeParse(raw);
  if (!parsed.success) return undefined;
  const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent, summaryEvent } =
    parsed.data;
  if (resourcePreEvent !== undefined) return { is: "started", ...resourcePreEvent.metadata };
  if (resOutputsEvent !== undefined) return { is: "done", ...resOutputsEvent.metadata };
  if (resOpFailedEvent !== undefined) return { is: "failed", ...resOpFailedEvent.metadata };
  if (diagnosticEvent !== undefined && diagnosticEvent.severity !== "debug") {
    return {
      is: "said",
      severity: diagnosticEvent.severity,
      message: diagnosticEvent.message.trim(),
      urn: diagnosticEvent.urn,
    };
  }
  if (summaryEvent !== undefined) {
    return {
      is: "summary",
      changes: summaryEvent.resourceChanges ?? {},
      maybeCorrupt: summaryEvent.maybeCorrupt ?? false,
    };
  }
  return undefined;
}

/** The errors that a whole stream tells, as the CLI itself would print them. */
export function errorsInEvents(stdout: string): string {
  const events = stdout.split("\n").map(readEvent);
  return complaintsAmong(events.filter((event) => event?.is === "said"));
}
