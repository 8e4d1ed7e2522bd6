/** Reading Azure's JSON into our own shapes: what is unknown stays undefined, what is missing is named. */
import { z } from "zod";
import { ProviderError, UnreadableError } from "../../core/errors.ts";

/** Azure writes null, "" and nothing at all for the same absence. */
export const text = z
  .string()
  .nullish()
  .catch(undefined)
  .transform((value) => (value === null || value === "" ? undefined : value));

/** A figure that is not a number is not known. */
export const figure = z
  .number()
  .nullish()
  .catch(undefined)
  .transform((value) => value ?? undefined);

export const flag = z
  .boolean()
  .nullish()
  .catch(undefined)
  .transform((value) => value ?? undefined);

/** Throws UnreadableError when the answer lacks what everything hangs on. */
export function readShape<T>(schema: z.ZodType<T>, raw: unknown, what: string): T {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new UnreadableError({
    message: `Azure's answer for ${what} is not what is documented: ${z.prettifyError(parsed.error)}`,
    meaning: "What Azure says about it is not known, so it is not taken as done.",
    remedy:
      "opensauced-migrate run --resume\nIf it stays, Azure's API has changed: please report this.",
  });
}

const page = z.object({ value: z.array(z.unknown()) });

function noList(what: string): UnreadableError {
  return new UnreadableError({
    message: `Azure gave no list of ${what}.`,
    meaning: "What Azure has is not known, and is not taken for nothing.",
    remedy: "opensauced-migrate run --resume",
  });
}

/** The items of all pages. */
export function readPages(bodies: readonly unknown[], what: string): unknown[] {
  if (bodies.length === 0) throw noList(what);
  return bodies.flatMap((body) => readShape(page, body, what).value);
}

/** The result, or undefined when Azure says that there is no such thing (404). */
export async function orMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    // A missing server or group is a wrong plan, not a missing part of the server.
    if (
      error instanceof ProviderError &&
      error.status === 404 &&
      !/ResourceGroupNotFound|SubscriptionNotFound|ParentResourceNotFound/.test(error.code ?? "")
    ) {
      return undefined;
    }
    throw error;
  }
}
