/** The source's extensions against what the target's server offers: pure. */
import type { Configuration } from "../../../providers/azure/index.ts";
import { quoteIdentifier } from "../../../core/identifier.ts";
import { paste, type Check } from "../check.ts";
import type { Extension } from "../observe/database.ts";
import type { PreflightSettings } from "../settings.ts";

export interface ExtensionIn extends Extension {
  readonly database: string;
}

export interface ExtensionsSeen {
  readonly extensions: readonly ExtensionIn[];
  /** The parameter `azure.extensions`. */
  readonly offered: Configuration | undefined;
  readonly mode: PreflightSettings["mode"];
}

const object = ({ database, name }: ExtensionIn) => `${name} (database ${database})`;

function dropping(extensions: readonly ExtensionIn[]): string {
  return paste(
    extensions.map(
      ({ database, name }) =>
        `\\connect ${quoteIdentifier(database)}\nDROP EXTENSION ${quoteIdentifier(name)}; -- refused while something uses it`,
    ),
  );
}

/** Lower-case; none when Azure does not tell. */
function namesIn(offered: Configuration | undefined): readonly string[] {
  return (offered?.allowedValues ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
}

/** Those that Azure's list has. */
export function listed(
  extensions: readonly ExtensionIn[],
  offered: Configuration | undefined,
): readonly ExtensionIn[] {
  const names = namesIn(offered);
  return extensions.filter(({ name }) => names.includes(name.toLowerCase()));
}

export const extensionChecks: readonly Check<ExtensionsSeen>[] = [
  ({ extensions, offered }) => {
    if (extensions.length === 0) return undefined;
    const names = namesIn(offered);
    if (names.length === 0) {
      return {
        code: "azure-extensions-unreadable",
        severity: "unknown",
        message:
          "Azure does not tell which extensions the target's server offers (azure.extensions), so whether the source's can be carried is not known.",
        objects: extensions.map(object),
      };
    }
    const missing = extensions.filter(({ name }) => !names.includes(name.toLowerCase()));
    if (missing.length === 0) return undefined;
    return {
      code: "extension-not-offered",
      severity: "blocks",
      message:
        "Azure does not offer extensions that the source uses (603405): what depends on them would not be carried.",
      objects: missing.map(object),
      remedy: `${dropping(missing)}\n-- or in the plan: leaveOut: [${[...new Set(missing.map(({ name }) => name))].join(", ")}]`,
    };
  },
  ({ extensions }) => {
    const found = extensions.filter(({ name }) => name === "postgres_fdw");
    if (found.length === 0) return undefined;
    return {
      code: "extension-not-migrated",
      severity: "blocks",
      message:
        "Azure's service does not migrate postgres_fdw from a source outside of Azure (known issues).",
      objects: found.map(object),
      remedy: `${dropping(found)}\n-- or in the plan: leaveOut: [postgres_fdw]`,
    };
  },
  ({ extensions, mode }) => {
    const found = extensions.filter(({ name }) => name === "timescaledb");
    if (found.length === 0 || mode === "offline") return undefined;
    return {
      code: "extension-offline-only",
      severity: "blocks",
      message: "Azure's service carries databases with TimescaleDB offline only.",
      objects: found.map(object),
      remedy: "Use `mode: offline` in this step and in `data-streaming`.",
    };
  },
  ({ extensions }) => {
    const found = extensions.filter(({ name }) => name === "pg_cron");
    if (found.length === 0) return undefined;
    return {
      code: "extension-of-one-database",
      severity: "warns",
      message:
        "pg_cron can be created in one database of a server only, the one that cron.database_name names (`postgres` unless changed), and its jobs run as soon as they are there.",
      objects: found.map(object),
      remedy: found
        .map(
          ({ database }) =>
            `# in the target-prepared step of the plan: parameters: { cron.database_name: ${JSON.stringify(database)} }`,
        )
        .join("\n"),
    };
  },
  ({ extensions }) => {
    const inCatalog = extensions.filter(({ schema }) => schema === "pg_catalog");
    if (inCatalog.length === 0) return undefined;
    return {
      code: "extension-in-system-schema",
      severity: "warns",
      message:
        "Extensions are installed in pg_catalog, which Azure's validation may refuse (603407).",
      objects: inCatalog.map(object),
      remedy: "If it does: DROP EXTENSION ...; CREATE EXTENSION ... SCHEMA public;",
    };
  },
];
