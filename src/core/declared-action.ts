/**
 * What a step kind may ever do, declared as data beside it: `explain` shows
 * it, the rehearsals that kill the tool take their list from it, and a verdict
 * with anything else is a bug of the kind.
 */
import type { Action, Touched, Verdict } from "./verdict.ts";

export interface DeclaredAction {
  readonly touches: Touched;
  /** A sentence: what it changes. */
  readonly does: string;
  readonly crossesPointOfNoReturn?: true;
}

/** By the first word of the action's id; a subject may follow there: `dump api`. */
export interface DeclaredActions {
  readonly [word: string]: DeclaredAction;
}

export function firstWord({ id }: Pick<Action, "id">): string {
  return id.split(" ", 1)[0] ?? "";
}

/** The verdict itself; throws when it has an action that its kind does not declare. */
export function asDeclared(verdict: Verdict, kind: string, declared: DeclaredActions): Verdict {
  if (verdict.is !== "unmet") return verdict;
  for (const action of verdict.actions) {
    const known = Object.hasOwn(declared, firstWord(action))
      ? declared[firstWord(action)]
      : undefined;
    if (
      known === undefined ||
      known.touches !== action.touches ||
      known.crossesPointOfNoReturn !== action.crossesPointOfNoReturn
    ) {
      const differently = known === undefined ? "" : " in this way";
      throw new Error(`${kind} does not declare its action ${action.id}${differently}.`);
    }
  }
  return verdict;
}
