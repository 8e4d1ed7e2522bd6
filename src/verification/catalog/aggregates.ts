/**
 * What makes an aggregate, in the words of CREATE AGGREGATE: pg_get_functiondef
 * refuses aggregates. SQL only.
 */

/** Of a pg_aggregate `g` by its word; null where it has none. */
const routines: Readonly<Record<string, string>> = {
  sfunc: "aggtransfn",
  finalfunc: "aggfinalfn",
  combinefunc: "aggcombinefn",
  serialfunc: "aggserialfn",
  deserialfunc: "aggdeserialfn",
  msfunc: "aggmtransfn",
  minvfunc: "aggminvtransfn",
  mfinalfunc: "aggmfinalfn",
};

const modifies = (column: string): string =>
  `case ${column} when 'r' then 'read_only' when 's' then 'shareable' else 'read_write' end`;

const words: Readonly<Record<string, string>> = {
  aggregate:
    "case g.aggkind when 'o' then 'ordered-set' when 'h' then 'hypothetical' else 'plain' end",
  stype: "pg_catalog.format_type(g.aggtranstype, null)",
  sspace: "g.aggtransspace::text",
  ...Object.fromEntries(
    Object.entries(routines).map(([word, column]) => [
      word,
      `nullif(g.${column}::oid, 0)::pg_catalog.regprocedure::text`,
    ]),
  ),
  finalfunc_extra: "case when g.aggfinalextra then 'yes' end",
  finalfunc_modify: modifies("g.aggfinalmodify"),
  initcond: "pg_catalog.quote_literal(g.agginitval)",
  mstype: "case when g.aggmtranstype <> 0 then pg_catalog.format_type(g.aggmtranstype, null) end",
  msspace: "g.aggmtransspace::text",
  mfinalfunc_extra: "case when g.aggmfinalextra then 'yes' end",
  mfinalfunc_modify: modifies("g.aggmfinalmodify"),
  minitcond: "pg_catalog.quote_literal(g.aggminitval)",
  sortop: "nullif(g.aggsortop, 0)::pg_catalog.regoperator::text",
  parallel: "case p.proparallel when 's' then 'safe' when 'r' then 'restricted' else 'unsafe' end",
};

/** Of a pg_proc `p`. */
export const aggregateDefinition = `(select pg_catalog.concat_ws(', ', ${Object.entries(words)
  .map(([word, text]) => `'${word} ' || ${text}`)
  .join(", ")})
  from pg_catalog.pg_aggregate g where g.aggfnoid = p.oid)`;
