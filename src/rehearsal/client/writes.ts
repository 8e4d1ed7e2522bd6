/**
 * Which write comes next, and its SQL. Every write leaves its own number
 * behind, so that the last one to a row can be told from the ones before.
 */
import type { Write } from "./record.ts";

export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** Rows of the sample's `repos` that are updated in turn: as many as the smallest sample has. */
const busyRepos = 5;
/** Own rows that stay candidates for an update or a delete. */
const remembered = 1_000;

export interface Writes {
  next(): Write;
  acknowledged(write: Write): void;
  /** The row's state is not known any more, so it is not touched again. */
  abandon(write: Write): void;
}

/** `sample`: the database is the generated one, whose tables may be written to as well. */
export function planWrites(first: number, sample: boolean): Writes {
  let n = first - 1;
  const live: number[] = [];
  const doubtful = new Set<number>();
  const forget = (key: number): void => {
    const at = live.indexOf(key);
    if (at >= 0) live.splice(at, 1);
  };
  const insert = (table: Write["table"]): Write => ({ n, table, does: "insert", key: n });
  const onOwn = (does: "update" | "delete"): Write => {
    const key = live[(n * 7919) % Math.max(1, live.length)];
    return key === undefined ? insert("writes") : { n, table: "writes", does, key };
  };
  const onRepo = (): Write => {
    const key = (n % busyRepos) + 1;
    return sample && !doubtful.has(key)
      ? { n, table: "repos", does: "update", key }
      : onOwn("update");
  };
  return {
    next: () => {
      n += 1;
      switch (n % 10) {
        case 4:
          return insert("visits");
        case 5:
        case 6:
          return onOwn("update");
        case 7:
          return onOwn("delete");
        case 8:
          return onRepo();
        case 9:
          return insert(sample ? "highlights" : "visits");
        default:
          return insert("writes");
      }
    },
    acknowledged: (write) => {
      if (write.table !== "writes") return;
      if (write.does === "insert") live.push(write.key);
      if (write.does === "delete") forget(write.key);
      if (live.length > remembered) live.shift();
    },
    abandon: (write) => {
      if (write.table === "writes") forget(write.key);
      if (write.table === "repos") doubtful.add(write.key);
    },
  };
}

/** Text that highlights of ours begin with; the number follows. */
export const highlightPrefix = "rehearsal write ";

function ownStatement({ n, does, key }: Write, payload: string): Statement {
  switch (does) {
    case "insert":
      return {
        sql: "INSERT INTO public.rehearsal_writes (id, n, written_at, payload) VALUES ($1, $2, now(), $3)",
        values: [key, n, payload],
      };
    case "update":
      return {
        sql: "UPDATE public.rehearsal_writes SET n = $1, written_at = now(), payload = $2 WHERE id = $3",
        values: [n, payload, key],
      };
    case "delete":
      return { sql: "DELETE FROM public.rehearsal_writes WHERE id = $1", values: [key] };
  }
}

export function statementFor(write: Write): Statement {
  const { n, table, key } = write;
  const payload = `write ${n} ✓`;
  switch (table) {
    case "writes":
      return ownStatement(write, payload);
    case "visits":
      // The id comes from the sequence: one left behind shows as SQLSTATE 23505.
      return {
        sql: "INSERT INTO public.rehearsal_visits (n, payload) VALUES ($1, $2)",
        values: [n, payload],
      };
    case "highlights":
      return {
        sql: "INSERT INTO public.highlights (user_id, body) VALUES (1, $1)",
        values: [highlightPrefix + n],
      };
    case "repos":
      return { sql: "UPDATE public.repos SET stars = $1 WHERE id = $2", values: [n, key] };
  }
}
