/** What each database is, over all of them: pure. */
import { quoteIdentifier } from "../../../core/identifier.ts";
import type { Finding } from "../../../core/finding.ts";
import { byDatabase, paste, type Check } from "../check.ts";
import type { DatabaseFacts } from "../observe/database.ts";

export interface DatabaseNamed extends DatabaseFacts {
  readonly name: string;
}

export interface DatabasesSeen {
  readonly databases: readonly DatabaseNamed[];
  readonly admin: string;
}

function about(
  databases: readonly DatabaseNamed[],
  finding: Pick<Finding, "code" | "severity" | "message" | "remedy">,
  object: (database: DatabaseNamed) => readonly string[] = ({ name }) => [`database ${name}`],
): Finding | undefined {
  return databases.length === 0
    ? undefined
    : { ...finding, objects: databases.flatMap((each) => object(each)) };
}

export const databaseChecks: readonly Check<DatabasesSeen>[] = [
  ({ databases, admin }) => {
    const foreign = databases.filter(({ owned }) => !owned);
    return about(foreign, {
      code: "database-owner-out-of-reach",
      severity: "blocks",
      message: `Role ${admin} neither owns databases nor is a member of their owners, so it could not make them read-only for the cut-over.`,
      remedy: paste(
        foreign.map(({ owner }) => `GRANT ${quoteIdentifier(owner)} TO ${quoteIdentifier(admin)};`),
      ),
    });
  },
  ({ databases, admin }) => {
    const closed = databases.filter(({ mayCreate }) => !mayCreate);
    return about(closed, {
      code: "create-on-database-missing",
      severity: "blocks",
      message: `Role ${admin} may not create in databases (603110): Azure's service needs that, and so does the marker that proves that the last write arrived.`,
      remedy: paste(
        closed.map(
          ({ name }) =>
            `GRANT CREATE ON DATABASE ${quoteIdentifier(name)} TO ${quoteIdentifier(admin)};`,
        ),
      ),
    });
  },
  ({ databases }) =>
    about(
      databases.filter(({ encoding }) => encoding !== "UTF8"),
      {
        code: "encoding-not-utf8",
        severity: "warns",
        message:
          "Databases are not encoded in UTF8; whether Azure can create them so is known only when it tries.",
        remedy:
          "Create them on the target beforehand, in UTF8, if all of their texts are valid there: iconv -f UTF8 -t UTF8 of a dump tells; or try the copy days before.",
      },
      ({ name, encoding }) => [`database ${name}: ${encoding}`],
    ),
  ({ databases }) =>
    about(
      databases.filter(({ localeProvider }) => localeProvider !== null && localeProvider !== "c"),
      {
        code: "locale-provider-not-libc",
        severity: "warns",
        message:
          "Databases sort by a provider that Azure's API cannot set for a new database: texts may sort differently on the target.",
        remedy:
          'Name the collation where the order matters: ORDER BY name COLLATE "de-x-icu"; indexes are built anew on the target and are right.',
      },
      ({ name, localeProvider }) => [
        `database ${name}: ${localeProvider === "i" ? "icu" : (localeProvider ?? "?")}`,
      ],
    ),
  ({ databases }) =>
    about(
      databases.filter(({ collations }) => collations.length > 0),
      {
        code: "own-collations",
        severity: "blocks",
        message:
          "Collations that were made in the source are not carried by Azure's service (603403).",
        remedy: byDatabase(
          databases.flatMap(({ name, collations }) =>
            collations.map((collation) => ({ database: name, collation })),
          ),
          ({ collation }) =>
            `DROP COLLATION ${collation}; -- refused while a column has it: ALTER TABLE ... ALTER COLUMN ... TYPE text COLLATE "C";`,
        ),
      },
      ({ name, collations }) => collations.map((each) => `${name}: ${each}`),
    ),
  ({ databases }) =>
    about(
      databases.filter(({ eventTriggers }) => eventTriggers.length > 0),
      {
        code: "event-triggers",
        severity: "warns",
        message:
          "Event triggers can be created by a superuser only, whom Azure gives to nobody: they are not carried.",
        remedy: byDatabase(
          databases.flatMap(({ name, eventTriggers }) =>
            eventTriggers.map((trigger) => ({ database: name, trigger })),
          ),
          ({ trigger }) => `DROP EVENT TRIGGER ${quoteIdentifier(trigger)}; -- if nothing needs it`,
        ),
      },
      ({ name, eventTriggers }) => eventTriggers.map((each) => `${name}: ${each}`),
    ),
];

/** Asked in online mode only. */
export const followedDatabaseChecks: readonly Check<DatabasesSeen>[] = [
  ({ databases }) =>
    about(
      databases.filter(({ largeObjects }) => largeObjects > 0),
      {
        code: "large-objects",
        severity: "warns",
        message:
          "Large objects are copied once and not followed: those that change after the copy has begun differ on the target.",
        remedy: "Keep them still during the migration, or use `mode: offline`.",
      },
      ({ name, largeObjects }) => [`database ${name}: ${largeObjects} large objects`],
    ),
];

export interface LocalesSeen {
  readonly databases: readonly DatabaseNamed[];
  readonly locales: readonly string[];
}

/** `en_US.UTF-8` and `en_US.utf8` are one locale. */
function plainLocale(locale: string): string {
  const [name = "", charset] = locale.split(".");
  return charset === undefined ? name : `${name}.${charset.toLowerCase().replaceAll("-", "")}`;
}

export const localeChecks: readonly Check<LocalesSeen>[] = [
  ({ databases, locales }) => {
    const there = new Set(["C", "POSIX", ...locales.map(plainLocale)]);
    return about(
      databases.filter(
        ({ collation, localeProvider }) =>
          (localeProvider ?? "c") === "c" && !there.has(plainLocale(collation)),
      ),
      {
        code: "locale-missing-on-target",
        severity: "warns",
        message:
          "The target lists no such locale: creating these databases may fail there, or texts may sort differently (603401).",
        remedy: "SELECT DISTINCT collcollate FROM pg_collation; -- on the target: what it has",
      },
      ({ name, collation }) => [`database ${name}: ${collation}`],
    );
  },
];
