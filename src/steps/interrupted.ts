/** A comparison under which a session ended: a server that restarts or fails over. That passes. */
import { UnreadableError } from "../core/errors.ts";
import type { DatabaseComparison } from "../verification/index.ts";

/** Undefined also where a difference was found: it will not pass. */
export function interruption(
  database: string,
  { differences, unchecked }: Pick<DatabaseComparison, "differences" | "unchecked">,
): UnreadableError | undefined {
  const lost = unchecked.find(({ code }) => code === "connection-lost");
  if (lost === undefined || differences.length > 0) return undefined;
  return new UnreadableError({
    message: `The comparison of ${database} was interrupted: ${lost.object} on the ${lost.side}: ${lost.reason}`,
    meaning: "Nothing that was compared so far differs. The comparison begins anew.",
    remedy: "Make sure that both servers are up, then: opensauced-migrate run --resume",
  });
}
