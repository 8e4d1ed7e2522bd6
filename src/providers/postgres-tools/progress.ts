/** What `pg_dump --verbose` says about how far it is. Pure; English messages of versions 12 to 18. */

export type DumpProgress =
  | { readonly is: "started"; readonly table: string }
  | { readonly is: "done"; readonly table: string };

/**
 * With several jobs pg_dump says when a table begins (the worker, with the
 * schema) and when it is finished (the leader, without); with one job only the
 * beginning is said.
 */
export function parseProgress(line: string): DumpProgress | undefined {
  const started = /^pg_dump: dumping contents of table "(.*)"$/.exec(line);
  if (started !== null) return { is: "started", table: started[1] ?? "" };
  const done = /^pg_dump: finished item \d+ TABLE DATA (.*)$/.exec(line);
  if (done !== null) return { is: "done", table: done[1] ?? "" };
  return undefined;
}
