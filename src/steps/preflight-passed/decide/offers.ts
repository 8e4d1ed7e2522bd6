/** What the source uses against what the target's server has: pure. */
import type { Finding } from "../../../core/finding.ts";
import { quoteIdentifier } from "../../../core/identifier.ts";
import { byDatabase, type Check } from "../check.ts";
import type { TargetOffers } from "../observe/offers.ts";
import type { ExtensionIn } from "./extensions.ts";
import type { ObjectIn } from "./objects.ts";

export interface OffersSeen {
  readonly objects: readonly ObjectIn[];
  readonly offers: TargetOffers;
}

export const offerChecks: readonly Check<OffersSeen>[] = [
  ({ objects, offers }) => {
    const missing = collations(objects).filter(({ name }) => !offers.collations.has(name));
    return collationFinding(missing, {
      code: "collation-missing-on-target",
      severity: "blocks",
      message:
        "Columns, indexes or domains use collations that the target's server does not have (603401): they could not be created there.",
      remedy:
        "SELECT collname FROM pg_collation; -- on the target: what it has; give the columns one of those: ALTER TABLE ... ALTER COLUMN ... TYPE text COLLATE ...;",
    });
  },
  ({ objects, offers }) => {
    const other = collations(objects).filter(({ name, detail }) => {
      const there = offers.collations.get(name);
      return detail !== null && there !== undefined && there !== null && there !== detail;
    });
    return collationFinding(other, {
      code: "collation-version-differs",
      severity: "warns",
      message:
        "Collations have another version on the target. Indexes are built anew there and are right; texts may come in another order, and CHECK constraints or range partitions over texts may judge otherwise.",
    });
  },
  ({ objects, offers }) => {
    const settings = objects.filter(
      ({ kind, name }) => kind === "setting" && isRefused(name, offers),
    );
    if (settings.length === 0) return undefined;
    return {
      code: "settings-refused",
      severity: "warns",
      message:
        "Databases or roles have settings that the target's admin may not give, as the parameters are a superuser's there or unknown: the target goes without.",
      objects: settings.map(
        ({ database, name, detail }) =>
          `${database}: ${name}${detail === null ? "" : ` of role ${detail}`}`,
      ),
      remedy: byDatabase(settings, ({ database, name, detail }) =>
        detail === null
          ? `ALTER DATABASE ${quoteIdentifier(database)} RESET ${name}; -- if nothing needs it`
          : `ALTER ROLE ${quoteIdentifier(detail)} IN DATABASE ${quoteIdentifier(database)} RESET ${name}; ALTER ROLE ${quoteIdentifier(detail)} RESET ${name}; -- if nothing needs it`,
      ),
    };
  },
];

function collations(objects: readonly ObjectIn[]): readonly ObjectIn[] {
  return objects.filter(({ kind }) => kind === "collation");
}

function collationFinding(
  found: readonly ObjectIn[],
  about: Pick<Finding, "code" | "severity" | "message" | "remedy">,
): Finding | undefined {
  if (found.length === 0) return undefined;
  const named = found.map(
    ({ database, name, detail }) =>
      `${database}: ${quoteIdentifier(name)}${detail === null ? "" : ` (${detail})`}`,
  );
  return { ...about, objects: named };
}

/** A name with a dot is an application's own parameter, which everybody may set. */
function isRefused(name: string, { settable }: TargetOffers): boolean {
  return !name.includes(".") && !settable.has(name.toLowerCase());
}

export interface VersionsSeen {
  readonly extensions: readonly ExtensionIn[];
  readonly offers: TargetOffers;
}

const named = ({ database, name, version }: ExtensionIn) =>
  `${name} ${version} (database ${database})`;

export const extensionVersionChecks: readonly Check<VersionsSeen>[] = [
  ({ extensions, offers }) => {
    const missing = extensions.filter(({ name }) => !offers.extensions.has(name));
    if (missing.length === 0) return undefined;
    return {
      code: "extension-not-on-target",
      severity: "blocks",
      message:
        "The target's server does not have extensions that the source uses, whatever Azure's list says: they could not be created there.",
      objects: missing.map(named),
      remedy:
        "SELECT name, default_version FROM pg_available_extensions; -- on the target: what it has",
    };
  },
  ({ extensions, offers }) => {
    const older = extensions.filter(({ name, version }) => {
      const there = offers.extensions.get(name) ?? [];
      return there.length > 0 && there.every((each) => compareVersions(each, version) < 0);
    });
    if (older.length === 0) return undefined;
    return {
      code: "extension-older-on-target",
      severity: "warns",
      message:
        "The target has extensions only in older versions than the source uses: what the newer one brought (functions, types, stored formats) is missing there.",
      objects: older.map(
        (each) => `${named(each)}: ${(offers.extensions.get(each.name) ?? []).join(", ")} there`,
      ),
      remedy:
        "Use a target of a newer PostgreSQL version, or: ALTER EXTENSION ... UPDATE TO '...'; -- on the source, where the extension has a way down",
    };
  },
  ({ extensions, offers }) => {
    const jump = extensions.filter(({ name, version }) => {
      const there = offers.extensions.get(name) ?? [];
      return (
        name === "pg_partman" &&
        there.length > 0 &&
        !there.some((each) => major(each) === major(version))
      );
    });
    if (jump.length === 0) return undefined;
    return {
      code: "extension-version-not-migrated",
      severity: "blocks",
      message:
        "Azure's service does not migrate pg_partman across its major versions (4 to 5): its configuration tables are others (known issues).",
      objects: jump.map(named),
      remedy: "ALTER EXTENSION pg_partman UPDATE; -- on the source, to the target's major version",
    };
  },
];

function major(version: string): string {
  return version.split(".")[0] ?? version;
}

/** Number by number; what is no number (`3.4.0dev`) counts by what begins it. */
function compareVersions(one: string, other: string): number {
  const numbers = (version: string) =>
    version.split(/[.\-+]/).map((part) => Number.parseInt(part, 10) || 0);
  const [a, b] = [numbers(one), numbers(other)];
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
