/**
 * What two looks at the source and one at the target between them say about a
 * row, or about a whole table. Pure.
 *
 * The order of the looks: source, fence, target, source. The target's is behind
 * the fence, so everything that the first look saw has arrived by then.
 */

/** A row as one look saw it; of a table without a key, all of its rows together. */
export interface Sighting {
  readonly hash: string;
  /** Changes with every write, also with one that puts back what was there before. */
  readonly version: string;
}

/** Undefined: there is no such row. */
export type Seen = Sighting | undefined;

export interface Looks {
  readonly before: Seen;
  readonly target: Seen;
  readonly after: Seen;
}

/** What both sides had while the source stood still and they differed. */
export interface Suspicion {
  readonly source: Seen;
  readonly target: Seen;
}

export type Judgement =
  | { readonly is: "same" }
  | { readonly is: "differs"; readonly source: Seen; readonly target: Seen }
  | { readonly is: "open"; readonly suspicion: Suspicion | undefined };

function sameContents(one: Seen, other: Seen): boolean {
  return one?.hash === other?.hash;
}

function sameVersion(one: Seen, other: Seen): boolean {
  return one?.hash === other?.hash && one?.version === other?.version;
}

/**
 * It differs when it was so twice in a row, and neither side was written in
 * between. Once is not enough: a row that the source lacks may have been
 * inserted, carried and deleted between its two looks; but then the delete is
 * behind the second fence, and the very same row cannot be on the target any
 * more. And a commit can be on the target a moment before the source shows it
 * (it waits for a standby); behind the second fence it is shown.
 */
export function judge(suspicion: Suspicion | undefined, looks: Looks): Judgement {
  const { before, target, after } = looks;
  if (sameContents(target, after) || sameContents(target, before)) return { is: "same" };
  if (!sameVersion(before, after)) return { is: "open", suspicion: undefined };
  const again =
    suspicion !== undefined &&
    sameVersion(suspicion.source, after) &&
    sameVersion(suspicion.target, target);
  if (again) return { is: "differs", source: after, target };
  return { is: "open", suspicion: { source: after, target } };
}
