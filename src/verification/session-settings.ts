/**
 * The settings that every session is pinned with before it reads, so that two
 * servers print and hash the same value alike. Pure.
 */
import { quoteLiteral } from "../core/identifier.ts";

const settings: Readonly<Record<string, string>> = {
  // How values and definitions print.
  search_path: "",
  timezone: "UTC",
  datestyle: "ISO, YMD",
  intervalstyle: "postgres",
  extra_float_digits: "3",
  bytea_output: "hex",
  client_encoding: "UTF8",
  quote_all_identifiers: "off",
  // With it off, NULL in an array that is read back from its text is a word.
  array_nulls: "on",
  // Constants with a backslash, also in the statements that are read here.
  standard_conforming_strings: "on",
  lc_monetary: "C",
  // With it on, a role that is not the owner silently counts only its own rows.
  row_security: "off",
  // A slice of a large table on a managed disk takes minutes; the caller's signal is the deadline.
  statement_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  // PostgreSQL 17 has it; the snapshot lives as long as the transaction.
  transaction_timeout: "0",
  // PostgreSQL 14: the server ends a long query soon after its client is gone, instead of at its end.
  client_connection_check_interval: "500",
  // PostgreSQL 15: counters would keep the value that was read first, as long as the transaction.
  stats_fetch_consistency: "none",
  jit: "off",
  // A stream is read to its end, so no plan that is quick to begin only.
  cursor_tuple_fraction: "1",
  // The planner takes a bucket for millions of groups, and would sort a large table for them.
  enable_sort: "off",
  // Slices read in parallel are faster than the planner's workers, and take no more of the server than asked.
  max_parallel_workers_per_gather: "0",
};

/**
 * One statement. Only what the server's version knows is set, and only for the
 * transaction, so that a session handed back to a pool is not changed.
 */
export function pinSettingsSql(lockMs = 30_000): string {
  const wanted = Object.entries({ ...settings, lock_timeout: String(lockMs) })
    .map(([name, value]) => `(${quoteLiteral(name)}, ${quoteLiteral(value)})`)
    .join(", ");
  return `select pg_catalog.set_config(s.name, w.value, true)
    from (values ${wanted}) as w(name, value)
    join pg_catalog.pg_settings s on pg_catalog.lower(s.name) = w.name`;
}
