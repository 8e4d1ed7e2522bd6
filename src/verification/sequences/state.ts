/**
 * Where every sequence of a database stands. Reads the sequences themselves and
 * not pg_sequences: there NULL means "never called" and also "no privilege".
 */
import { followsColumn } from "../access/objects.ts";
import { qualifiedSql, quotedSql } from "../catalog/names.ts";
import { notExtensionMember, persistence, userNamespaces } from "../catalog/scope.ts";
import { parts } from "../parts.ts";
import type { Reader, TextRow } from "../side.ts";

export interface SequencePosition {
  readonly lastValue: bigint;
  /** False: the next value is `lastValue` itself. */
  readonly isCalled: boolean;
}

/** A column whose value comes from the sequence. */
export interface SequenceColumn {
  /** Quoted and qualified. */
  readonly table: string;
  /** As stored, not quoted. */
  readonly column: string;
  readonly partitioned: boolean;
}

export interface SequenceState {
  /** Quoted and qualified. */
  readonly name: string;
  readonly type: string;
  /** `permanent` or `unlogged`. */
  readonly persistence: string;
  readonly start: bigint;
  readonly increment: bigint;
  readonly minimum: bigint;
  readonly maximum: bigint;
  readonly cache: bigint;
  readonly cycle: boolean;
  /** The quoted column that owns it (`serial`) or is its identity; null for a free one. */
  readonly ownedBy: string | null;
  /** The role; null where it follows the column's table. */
  readonly owner: string | null;
  /** Every integer column that it feeds, owned or only by its default. */
  readonly feeds: readonly SequenceColumn[];
  /** Undefined: the role may not read it (needs SELECT on the sequence). */
  readonly position: SequencePosition | undefined;
}

/**
 * Columns by pg_depend of the default on the sequence, and identity columns.
 * Only defaults that are the bare nextval: of `'A' || nextval(..)` nothing can
 * be said about the column's values.
 */
const feedsSql = `(select pg_catalog.jsonb_agg(distinct pg_catalog.jsonb_build_array(
      ${qualifiedSql("fn.nspname", "fc.relname")}, fa.attname, fc.relkind = 'p'))
    from (
      select ad.adrelid as relid, ad.adnum as attnum
        from pg_catalog.pg_depend d join pg_catalog.pg_attrdef ad on ad.oid = d.objid
        where d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
          and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = c.oid
          and pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) ~ '^\\(?nextval\\(''.*''::(pg_catalog\\.)?regclass\\)\\)?(::(integer|bigint|smallint))?$'
      union all
      select d.refobjid, d.refobjsubid from pg_catalog.pg_depend d
        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid
          and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype = 'i'
    ) f
    join pg_catalog.pg_attribute fa on fa.attrelid = f.relid and fa.attnum = f.attnum
    join pg_catalog.pg_class fc on fc.oid = f.relid
    join pg_catalog.pg_namespace fn on fn.oid = fc.relnamespace
    where fc.relkind in ('r', 'p')
      and fa.atttypid in ('pg_catalog.int2'::pg_catalog.regtype, 'pg_catalog.int4'::pg_catalog.regtype, 'pg_catalog.int8'::pg_catalog.regtype)
  )::pg_catalog.text`;

/** One row for each sequence, all columns texts. */
export function definitionsSql(ignoredSchemas: readonly string[]): string {
  return `select ${qualifiedSql("n.nspname", "c.relname")} as name,
      pg_catalog.format_type(s.seqtypid, null) as type, ${persistence} as persistence, s.seqstart::text as start, s.seqincrement::text as increment,
      s.seqmin::text as minimum, s.seqmax::text as maximum, s.seqcache::text as cache, s.seqcycle::pg_catalog.text as cycle,
      (select ${qualifiedSql("own.nspname", "oc.relname")} || '.' || ${quotedSql("oa.attname")}
        from pg_catalog.pg_depend d
        join pg_catalog.pg_class oc on oc.oid = d.refobjid
        join pg_catalog.pg_namespace own on own.oid = oc.relnamespace
        join pg_catalog.pg_attribute oa on oa.attrelid = d.refobjid and oa.attnum = d.refobjsubid
        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid
          and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
          and d.deptype in ('a', 'i') and d.refobjsubid > 0 limit 1) as owned_by,
      case when not ${followsColumn} then pg_catalog.pg_get_userbyid(c.relowner)::text end as owner,
      ${feedsSql} as feeds,
      pg_catalog.has_sequence_privilege(c.oid, 'SELECT')::pg_catalog.text as readable
    from pg_catalog.pg_sequence s join pg_catalog.pg_class c on c.oid = s.seqrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relpersistence <> 't' and ${userNamespaces("n", ignoredSchemas)}
      and ${notExtensionMember("pg_class", "c.oid")}`;
}

/** The names are quoted by the server already. */
function positionsSql(names: readonly string[]): string {
  return names
    .map(
      (name, at) =>
        `select ${at} as at, last_value::pg_catalog.text as last_value, is_called::pg_catalog.text as is_called from ${name}`,
    )
    .join("\nunion all\n");
}

/** BigInt("") is 0n, which an answer that is missing must never become. */
function wholeNumber(text: string | null | undefined): bigint {
  if (typeof text !== "string" || text === "") throw new TypeError("a sequence without a value");
  return BigInt(text);
}

/** A statement per so many: the planner's time grows with the square of more (500 take 5 times as long). */
const sequencesPerStatement = 200;

/** Of sequences that may be read. Throws what the reads throw. */
export async function readPositions(
  reader: Reader,
  definitions: readonly TextRow[],
): Promise<SequenceState[]> {
  const names = definitions.flatMap(({ name, readable }) =>
    readable === "true" && typeof name === "string" ? [name] : [],
  );
  const read = await Promise.all(
    parts(names, sequencesPerStatement).map(async (part) => {
      const rows = await reader.read(positionsSql(part));
      return rows.map((row): [string, SequencePosition] => {
        const name = part[Number(row["at"])];
        if (name === undefined) throw new RangeError("no such sequence");
        const isCalled = row["is_called"] === "true";
        return [name, { lastValue: wholeNumber(row["last_value"]), isCalled }];
      });
    }),
  );
  const positions = new Map(read.flat());
  return definitions.map((row) => sequenceState(row, positions.get(row["name"] ?? "")));
}

/** `row` is of `definitionsSql`; a column that is absent is null. */
export function sequenceState(row: TextRow, position: SequencePosition | undefined): SequenceState {
  const whole = (column: string): bigint => wholeNumber(row[column]);
  const feeds = JSON.parse(row["feeds"] ?? "[]") as [string, string, boolean][];
  return {
    name: row["name"] ?? "",
    type: row["type"] ?? "",
    persistence: row["persistence"] ?? "",
    start: whole("start"),
    increment: whole("increment"),
    minimum: whole("minimum"),
    maximum: whole("maximum"),
    cache: whole("cache"),
    cycle: row["cycle"] === "true",
    ownedBy: row["owned_by"] ?? null,
    owner: row["owner"] ?? null,
    feeds: feeds.map(([table, column, partitioned]) => ({ table, column, partitioned })),
    position,
  };
}

/**
 * One statement, and one for every 200 sequences, all asked for at once.
 * Positions are not part of a snapshot: a rolled-back nextval shows at once, so
 * they are final only after the freeze. Throws what the reads throw.
 */
export async function readSequenceStates(
  reader: Reader,
  ignoredSchemas: readonly string[] = [],
): Promise<SequenceState[]> {
  const definitions = await reader.read(`${definitionsSql(ignoredSchemas)} order by 1`);
  return readPositions(reader, definitions);
}
