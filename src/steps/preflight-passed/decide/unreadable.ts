/**
 * What could not be read, as findings: pure. A refusal is an answer and
 * blocks; anything else is unknown. A server that cannot be connected to is told
 * at once: most likely the plan names it wrongly. One cause that struck several reads is one
 * finding that names them all.
 */
import { passes, ProviderError } from "../../../core/errors.ts";
import type { Finding } from "../../../core/finding.ts";
import { invalidDatabase } from "../../../providers/postgres/index.ts";
import type { Unreadable } from "../reading.ts";

/** invalid_password, invalid_authorization_specification, and a missing CONNECT privilege. */
const refusals = new Set(["28P01", "28000", "42501"]);
/** invalid_catalog_name. */
const databaseMissing = "3D000";

export function unreadableFindings(unread: readonly Unreadable[]): readonly Finding[] {
  const groups = Map.groupBy(unread, causeOf);
  return [...groups.values()].map((group) => findingOf(group));
}

function causeOf({ error }: Unreadable): string {
  if (!(error instanceof ProviderError) || error.code === undefined) return error.message;
  if (error.call !== "connect" && isPostgres(error)) return `${error.system} ${error.message}`;
  return `${error.system} ${error.code} ${error.status ?? ""}`;
}

function isPostgres({ system }: ProviderError): boolean {
  return system.startsWith("PostgreSQL ");
}

function findingOf(group: readonly Unreadable[]): Finding {
  const [first] = group;
  if (first === undefined) throw new Error("A group of nothing.");
  const { error } = first;
  const objects = [...new Set(group.map(({ subject }) => subject))];
  const remedy = error.remedy === undefined ? {} : { remedy: error.remedy };
  if (error instanceof ProviderError && isPostgres(error) && error.call === "connect") {
    const end = error.system.slice("PostgreSQL ".length);
    if (refusals.has(error.code ?? "")) {
      return {
        code: `${end}-login-refused`,
        severity: "blocks",
        message: `The ${end} does not let the plan's roles in: ${error.message}. Without them nothing can be copied, and a freeze cannot be proven.`,
        objects,
        ...remedy,
      };
    }
    if (error.code === databaseMissing) {
      return {
        code: `${end}-database-missing`,
        severity: "blocks",
        message: `The ${end} has no such database; the plan would migrate something that is not there.`,
        objects,
        ...remedy,
      };
    }
    if (error.code === invalidDatabase) {
      return {
        code: `${end}-database-invalid`,
        severity: "blocks",
        message: `A DROP DATABASE on the ${end} did not end, and what it left can be read no more; there is nothing to migrate.`,
        objects,
        ...remedy,
      };
    }
    return {
      code: `${end}-unreachable`,
      severity: "unknown",
      message: `The ${end} could not be reached, so nothing is known of it: ${error.message}.`,
      objects,
      ...remedy,
    };
  }
  return {
    code: `${unreadableSystem(error)}-unreadable`,
    severity: "unknown",
    message: `Something that must be known before the data moves could not be read: ${error.message}`,
    objects,
    ...remedy,
    ...(group.every((each) => passes(each.error)) ? { passes: true } : {}),
  };
}

/** `azure`, `digitalocean`, `source`, `target`; `world` for this machine and its programs. */
function unreadableSystem(error: Unreadable["error"]): string {
  if (!(error instanceof ProviderError)) return "world";
  return error.system
    .replace("PostgreSQL ", "")
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, "-");
}
