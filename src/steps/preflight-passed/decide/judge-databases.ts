/** The checks that look into the databases, over all that could be read: pure. */
import type { StepContext } from "../../../core/step.ts";
import { judge, together, type Judged } from "../check.ts";
import type { DatabaseParts } from "../observe/database.ts";
import type { PreflightSeen } from "../observe.ts";
import { valueOf, type Reading } from "../reading.ts";
import type { PreflightSettings } from "../settings.ts";
import { databaseChecks, followedDatabaseChecks, localeChecks } from "./databases.ts";
import { extensionChecks, listed } from "./extensions.ts";
import { followedObjectChecks, objectChecks } from "./objects.ts";
import { extensionVersionChecks, offerChecks } from "./offers.ts";
import { writabilityChecks } from "./frozen.ts";
import { followedTableChecks, tableChecks } from "./tables.ts";
import { unrestorableChecks } from "./unrestorable.ts";

export function judgeDatabases(
  seen: PreflightSeen,
  settings: PreflightSettings,
  { notes }: StepContext,
): Judged {
  const admin = valueOf(seen.source)?.facts.admin ?? "the admin";
  const online = settings.mode === "online";
  const parts = seen.databases.flatMap(({ name, seen: read }) =>
    read.is === "read" ? [{ name, parts: read.value }] : [],
  );
  /** Undefined when it could be read of no database. */
  const of = <T>(part: (parts: DatabaseParts) => Reading<T>) => {
    const known = parts.flatMap(({ name, parts: each }) => {
      const value = valueOf(part(each));
      return value === undefined ? [] : [{ name, value }];
    });
    return known.length === 0 ? undefined : known;
  };
  const databases = of(({ facts }) => facts)?.map(({ name, value }) => ({ name, ...value }));
  const tablesSeen = seeTables(seen, settings, admin, of);
  const objects = of((each) => each.objects)?.flatMap(({ name, value }) =>
    value.map((object) => ({ database: name, ...object })),
  );
  const objectsSeen = objects && { objects, admin };
  const offers = valueOf(valueOf(seen.target)?.offers);
  const databasesSeen = databases && { databases, admin };
  return together([
    judge(databasesSeen, databaseChecks),
    judge(online ? databasesSeen : undefined, followedDatabaseChecks),
    judge(tablesSeen, tableChecks),
    judge(online ? tablesSeen : undefined, followedTableChecks),
    judge(objectsSeen, objectChecks),
    judge(online ? objectsSeen : undefined, followedObjectChecks),
    judge(objects && offers && { objects, offers }, offerChecks),
    judgeLocales(seen, databases),
    judgeExtensions(seen, settings, of),
    judge(unrestorable(seen, of), unrestorableChecks),
    judge(writability(seen, admin, notes, of), writabilityChecks),
  ]);
}

type Of = <T>(
  part: (parts: DatabaseParts) => Reading<T>,
) => readonly { readonly name: string; readonly value: T }[] | undefined;

function seeTables(seen: PreflightSeen, settings: PreflightSettings, admin: string, of: Of) {
  const known = of((each) => each.tables);
  if (known === undefined) return undefined;
  const tables = known.flatMap(({ name, value }) =>
    value.map((table) => ({ database: name, ...table })),
  );
  const unread = seen.planned
    .map(({ name }) => name)
    .filter((name) => !known.some((each) => each.name === name));
  return { tables, admin, accepted: settings.acceptInsertOnly, promised: seen.promised, unread };
}

function judgeLocales(
  seen: PreflightSeen,
  databases: Parameters<(typeof localeChecks)[number]>[0]["databases"] | undefined,
): Judged {
  const target = valueOf(seen.target);
  return judge(databases && target && { databases, locales: target.facts.locales }, localeChecks);
}

function judgeExtensions(seen: PreflightSeen, settings: PreflightSettings, of: Of): Judged {
  const { extensions: offered } = seen.clouds;
  const known = of(({ extensions }) => extensions);
  if (known === undefined) return judge(undefined, extensionChecks);
  const extensions = known
    .flatMap(({ name, value }) => value.map((each) => ({ database: name, ...each })))
    .filter(({ name }) => !settings.leaveOut.includes(name));
  const list = offered.is === "read" ? { offered: offered.value } : undefined;
  const offers = valueOf(valueOf(seen.target)?.offers);
  return together([
    judge(list && { extensions, ...list, mode: settings.mode }, extensionChecks),
    // What Azure does not list is told above.
    judge(
      offers && {
        extensions: list === undefined ? extensions : listed(extensions, list.offered),
        offers,
      },
      extensionVersionChecks,
    ),
  ]);
}

function unrestorable(seen: PreflightSeen, of: Of) {
  const databases = of((each) => each.unrestorable)?.map(({ name, value }) => ({
    database: name,
    ...value,
  }));
  return databases && { databases, targetVersionNum: valueOf(seen.target)?.facts.versionNum };
}

function writability(seen: PreflightSeen, admin: string, notes: StepContext["notes"], of: Of) {
  const known = of(({ readOnly }) => readOnly);
  if (known === undefined) return undefined;
  const databases = known.map(({ name, value }) => ({
    name,
    settings: value,
    readOnlyRoles: seen.logins
      .filter(({ database, session }) => database === name && valueOf(session)?.readOnly === true)
      .map(({ role }) => role),
  }));
  return { databases, admin, notes };
}
