/** What the plan itself asks of Azure: pure. */
import { quoteIdentifier } from "../../../core/identifier.ts";
import { largestBatch } from "../../data-streaming/batches.ts";
import { tooMany } from "../../data-streaming/findings.ts";
import { paste, type Check } from "../check.ts";
import type { PreflightSettings } from "../settings.ts";

export interface Planned {
  readonly databases: readonly string[];
  readonly mode: PreflightSettings["mode"];
}

/** As Azure's API has it for a database, 2025-08-01. */
const azureName = /^[a-zA-Z_][\w-]{0,62}$/;

const azureOwn = new Set(["azure_maintenance", "azure_sys", "postgres", "template0", "template1"]);

export const planChecks: readonly Check<Planned>[] = [
  ({ databases }) => {
    const unfit = databases.filter((name) => !azureName.test(name));
    if (unfit.length === 0) return undefined;
    return {
      code: "database-name-unfit",
      severity: "blocks",
      message:
        "Azure takes no databases of such names: a letter or `_` first, then letters, digits, `_` and `-`, at most 63. Its service renames nothing.",
      objects: unfit.map((name) => `database ${name}`),
      remedy: paste(
        unfit.map(
          (name) =>
            `ALTER DATABASE ${quoteIdentifier(name)} RENAME TO ...; -- and in the applications`,
        ),
      ),
    };
  },
  ({ databases }) => {
    const own = databases.filter((name) => azureOwn.has(name));
    if (own.length === 0) return undefined;
    return {
      code: "database-name-reserved",
      severity: "blocks",
      message:
        "Databases of these names belong to the server itself on Azure, and its service leaves them out.",
      objects: own.map((name) => `database ${name}`),
      remedy: paste(
        own.map(
          (name) =>
            `ALTER DATABASE ${quoteIdentifier(name)} RENAME TO ...; -- and in the applications`,
        ),
      ),
    };
  },
  ({ databases, mode }) =>
    mode === "online" && databases.length > largestBatch ? tooMany(databases) : undefined,
];
