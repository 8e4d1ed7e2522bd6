/** What a database holds that the target would not create again: pure. */
import { quoteIdentifier, quoteQualified } from "../../../core/identifier.ts";
import type { Finding } from "../../../core/finding.ts";
import { paste, type Check } from "../check.ts";
import type { GeneratedAlone, Unrestorable } from "../observe/unrestorable.ts";
import { majorOf } from "./versions.ts";

export interface UnrestorableIn extends Unrestorable {
  readonly database: string;
}

export interface UnrestorableSeen {
  readonly databases: readonly UnrestorableIn[];
  /** Undefined: not known yet, so what a newer major refuses is named in any case. */
  readonly targetVersionNum: number | undefined;
}

/** PostgreSQL 16 refuses what 15 still takes. */
const refusesGeneratedAlone = 16;

function dropped(
  databases: readonly UnrestorableIn[],
  objects: (database: UnrestorableIn) => readonly string[],
  about: Pick<Finding, "code" | "message">,
): Finding | undefined {
  const found = databases.filter((each) => objects(each).length > 0);
  if (found.length === 0) return undefined;
  return {
    ...about,
    severity: "blocks",
    objects: found.flatMap((each) => objects(each).map((name) => `${each.database}: ${name}`)),
    remedy: found
      .map((each) => {
        const drops = objects(each).map((name) => `DROP ${name};`);
        return `\\connect ${quoteIdentifier(each.database)}\n${paste(drops)}`;
      })
      .join("\n"),
  };
}

/** An inherited column keeps its expression until it is no longer inherited (ATPrepDropExpression). */
function ungenerate({ schema, table, column, parents }: GeneratedAlone): string {
  const alter = `ALTER TABLE ${quoteQualified(schema, table)}`;
  return [
    "BEGIN;",
    ...parents.map((parent) => `${alter} NO INHERIT ${parent};`),
    `${alter} ALTER COLUMN ${quoteIdentifier(column)} DROP EXPRESSION;`,
    ...parents.map((parent) => `${alter} INHERIT ${parent};`),
    "COMMIT;",
  ].join(" ");
}

export const unrestorableChecks: readonly Check<UnrestorableSeen>[] = [
  ({ databases }) =>
    dropped(databases, ({ superuserOnly }) => superuserOnly, {
      code: "superuser-objects",
      message:
        "Objects that only a superuser may create: Azure makes nobody one, so its service could not restore them, nor what uses them. Where an extension that Azure offers holds the same, create that instead; else drop them (CASCADE: with what uses them).",
    }),
  ({ databases }) =>
    dropped(databases, ({ casts }) => casts, {
      code: "own-casts",
      message: "Casts that were made in the source are not carried by Azure's service (603409).",
    }),
  ({ databases, targetVersionNum }) => {
    const refused =
      targetVersionNum === undefined || majorOf(targetVersionNum) >= refusesGeneratedAlone;
    const found = databases.filter(({ generatedAlone }) => generatedAlone.length > 0);
    if (!refused || found.length === 0) return undefined;
    return {
      code: "generated-column-of-child",
      severity: "blocks",
      message:
        "Columns are generated in a child table and not in its parent: PostgreSQL 16 and newer refuse that, so the copy could not create these tables.",
      objects: found.flatMap(({ database, generatedAlone }) =>
        generatedAlone.map((each) => `${database}.${each.schema}.${each.table}.${each.column}`),
      ),
      remedy: found
        .map(
          ({ database, generatedAlone }) =>
            `\\connect ${quoteIdentifier(database)}\n${paste(generatedAlone.map(ungenerate))}`,
        )
        .join("\n"),
    };
  },
];
