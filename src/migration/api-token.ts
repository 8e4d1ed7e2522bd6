/**
 * A token that goes into an HTTP header: one word of visible ASCII. Anything
 * else is refused here, by the name of its reference, before the header's own
 * check fails in the middle of a run and says neither. (Several lines are
 * refused where the reference is read.)
 */
import { UsageError } from "../core/errors.ts";
import type { Secret } from "../core/secret.ts";

/** `place` as the plan has it, `source.digitalocean.token`; `reference` as it is written there. */
export function apiToken(token: Secret, place: string, reference: string): Secret {
  const holds = whatNoHeaderTakes(token.reveal());
  if (holds === undefined) return token;
  throw new UsageError({
    message: `The plan's ${place} (${reference}) holds ${holds}, which no API token does.`,
    meaning: "Nothing was looked at or changed, and nothing was sent.",
    remedy:
      "Give the token alone where that reference points: one line, without spaces or quotes around it.",
  });
}

function whatNoHeaderTakes(value: string): string | undefined {
  if (/\s/.test(value)) return "a space";
  if (/[^\u0021-\u007e]/.test(value)) return "a character that is not visible ASCII";
  return undefined;
}
