/**
 * How often a wait is told in a log. The events come every second; a log wants
 * the first, then news at most every ten seconds, and a sign of life every
 * minute. Works on the times of the events, so it is pure.
 */

const newsMs = 10_000;
const signOfLifeMs = 60_000;

interface Told {
  readonly text: string;
  readonly at: number;
}

export class Pace {
  readonly #told = new Map<string, Told>();

  /** Is this text about this subject to be told now? Milliseconds since the epoch. */
  tells(subject: string, text: string, at: number): boolean {
    const last = this.#told.get(subject);
    const since = last === undefined ? Infinity : at - last.at;
    const wanted = since >= signOfLifeMs || (since >= newsMs && text !== last?.text);
    if (wanted) this.#told.set(subject, { text, at });
    return wanted;
  }

  /** The step moved on: its next wait is new. */
  forget(subject: string): void {
    this.#told.delete(subject);
  }
}
