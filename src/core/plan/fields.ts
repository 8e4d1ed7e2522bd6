/** Fields that several parts of a plan share: durations, sizes, names. */
import { z } from "zod";
import { durationPattern, parseDuration, parseSize, sizePattern } from "../duration.ts";

const longestMs = 365 * 86_400_000;

/** A duration such as `30s` or `1h30m`; milliseconds once parsed. */
export function duration() {
  // Also for a bare number, in which no unit is told.
  const error = "a duration such as `30s`, `5m` or `1h30m`";
  return z
    .string({ error })
    .regex(durationPattern, { error })
    .refine((value) => (parseDuration(value) ?? 0) <= longestMs, { error: "at most 365d" })
    .transform((value) => parseDuration(value) ?? 0);
}

/** A size such as `10MB` or `2GiB`; bytes once parsed. */
export function size() {
  const error = "a size such as `10MB` or `2GiB`";
  return z
    .string({ error })
    .regex(sizePattern, { error })
    .transform((value) => parseSize(value) ?? 0);
}

/** The id of a step: what the command line, the journal and the report call it. */
export const stepId = z
  .string()
  .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, {
    error: "lower-case words joined by `-`, such as `source-frozen`",
  })
  .max(40);

/** The id of a later step of that kind, to which a step belongs; checked when the plan is read. */
export function laterStep(kind: string) {
  return stepId.meta({ laterStepOfKind: kind });
}

/** PostgreSQL's NAMEDATALEN is 64: names hold at most 63 bytes. */
export const postgresName = z
  .string()
  .min(1)
  .refine((name) => Buffer.byteLength(name) <= 63 && !name.includes("\0"), {
    error: "a PostgreSQL name has at most 63 bytes",
  });
