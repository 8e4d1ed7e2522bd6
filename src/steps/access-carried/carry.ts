/**
 * Runs many statements in few round trips: this is within the outage, and each
 * of ten thousand tables has an owner. Statements sent together are one
 * transaction, so what one of them makes fail is sent again in halves, down to
 * the one that the server refuses.
 */
import type { Statement } from "./statements.ts";

export interface Carrier {
  run(sql: string): Promise<unknown>;
  /** Told of the statement that failed by itself; throws on unless it may be left out. */
  refused(statement: Statement, error: unknown): Promise<void>;
}

/** A change of owner locks the table, its indexes and sequences until the end of the transaction. */
const together = 100;

export async function carry(statements: readonly Statement[], carrier: Carrier): Promise<void> {
  for (let from = 0; from < statements.length; from += together) {
    await carryPart(statements.slice(from, from + together), carrier);
  }
}

async function carryPart(part: readonly Statement[], carrier: Carrier): Promise<void> {
  try {
    await carrier.run(part.map(({ sql }) => sql).join(";\n"));
  } catch (error) {
    const [only, ...more] = part;
    if (only === undefined) throw error;
    if (more.length === 0) return carrier.refused(only, error);
    const middle = Math.ceil(part.length / 2);
    await carryPart(part.slice(0, middle), carrier);
    await carryPart(part.slice(middle), carrier);
  }
}
