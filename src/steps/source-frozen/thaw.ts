/** Thawed or not, and what to do: pure. */
import type { Json } from "../../core/json.ts";
import type { Action, Verdict } from "../../core/verdict.ts";
import type { FreezeData } from "./apply.ts";
import { restoration, type ReadOnlySetting } from "./read-only.ts";
import type { Session } from "./sessions.ts";

export interface ThawSeen {
  /** Roles that could log in before this run's freeze, and cannot now. */
  readonly refused: readonly string[];
  readonly databases: readonly {
    readonly name: string;
    /** Undefined: this run never froze it. */
    readonly before: readonly ReadOnlySetting[] | undefined;
    readonly now: readonly ReadOnlySetting[];
    /** Undefined until the settings are back. */
    readonly sessions: readonly Session[] | undefined;
  }[];
}

export function decideThawed(seen: ThawSeen): Verdict {
  const { refused } = seen;
  const touched = seen.databases.filter((each) => each.before !== undefined);
  const closed = touched.filter(
    (each) => restoration(each.before ?? [], each.now, each.name).length > 0,
  );
  if (closed.length + refused.length > 0) {
    const parts = [
      ...(closed.length === 0
        ? []
        : [`Set the read-only default of ${list(closed)} back to what it was`]),
      ...(refused.length === 0 ? [] : [`let ${refused.join(", ")} log in again`]),
    ];
    const data = { databases: closed.map(({ name }) => name), roles: refused };
    const what = parts.join(", and ");
    return thaw("allow-writes", `${what.charAt(0).toUpperCase()}${what.slice(1)}`, data);
  }
  const stale = touched.filter(
    ({ sessions }) => sessions === undefined || sessions.some(({ old, beyond }) => old && !beyond),
  );
  if (stale.length > 0) {
    const summary = `End the sessions of ${list(stale)} that began read-only, so that applications reconnect`;
    return thaw("end-read-only-sessions", summary, { databases: stale.map(({ name }) => name) });
  }
  return {
    is: "satisfied",
    because: `${list(touched)} take writes again, with the settings and log-ins from before`,
  };
}

function thaw(id: string, summary: string, data: FreezeData): Verdict {
  const action: Action = { id, summary, touches: "source", data: data as unknown as Json };
  return { is: "unmet", because: "the source is frozen", actions: [action] };
}

function list(databases: readonly { readonly name: string }[]): string {
  return databases.length === 0 ? "no database" : databases.map(({ name }) => name).join(", ");
}
