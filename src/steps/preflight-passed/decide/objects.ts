/**
 * Objects that a copy leaves out, alters or stops at: pure. What each kind
 * means was tried on real servers: pg_dump and pg_restore by ordinary roles,
 * then logical replication, as the local cloud does it.
 */
import type { Finding } from "../../../core/finding.ts";
import { quoteIdentifier } from "../../../core/identifier.ts";
import { byDatabase, type Check } from "../check.ts";
import type { ObjectFacts, ObjectKind } from "../observe/objects.ts";

export interface ObjectIn extends ObjectFacts {
  readonly database: string;
}

export interface ObjectsSeen {
  readonly objects: readonly ObjectIn[];
  readonly admin: string;
}

interface About extends Pick<Finding, "code" | "severity"> {
  readonly kind: ObjectKind;
  readonly of?: (object: ObjectIn) => boolean;
  readonly message: string | ((admin: string) => string);
  /** How an object is shown after its database; `name (detail)` otherwise. */
  readonly shown?: (object: ObjectIn) => string;
  readonly statement?: (object: ObjectIn, admin: string) => string;
}

function check({
  kind,
  of = () => true,
  message,
  shown,
  statement,
  ...about
}: About): Check<ObjectsSeen> {
  return ({ objects, admin }) => {
    const found = objects.filter((object) => object.kind === kind && of(object));
    if (found.length === 0) return undefined;
    const named = shown ?? (({ name, detail }) => (detail === null ? name : `${name} (${detail})`));
    return {
      ...about,
      message: typeof message === "string" ? message : message(admin),
      objects: found.map((object) => `${object.database}: ${named(object)}`),
      ...(statement === undefined
        ? {}
        : { remedy: byDatabase(found, (object) => statement(object, admin)) }),
    };
  };
}

export const objectChecks: readonly Check<ObjectsSeen>[] = [
  check({
    kind: "invalid-index",
    code: "invalid-indexes",
    severity: "blocks",
    message:
      "Indexes are not valid, as after a CREATE INDEX CONCURRENTLY that failed. pg_dump leaves such out, so the target would lack them and the comparison stop the cut-over.",
    shown: ({ name, detail }) => `${name} on ${detail}`,
    statement: ({ name }) => `REINDEX INDEX CONCURRENTLY ${name}; -- or: DROP INDEX ${name};`,
  }),
  check({
    kind: "detach-pending",
    code: "partition-detach-pending",
    severity: "blocks",
    message:
      "Partitions are neither attached nor detached, as after a DETACH CONCURRENTLY that was broken off: the source leaves their rows out of the partitioned table, and the copy would attach them again.",
    shown: ({ name, detail }) => `${name} of ${detail}`,
    statement: ({ name, detail }) => `ALTER TABLE ${detail} DETACH PARTITION ${name} FINALIZE;`,
  }),
  check({
    kind: "large-object-owner",
    code: "large-objects-out-of-reach",
    severity: "blocks",
    message: (admin) =>
      `Role ${admin} may not read large objects of other roles: the copy stops at the first of them.`,
    shown: ({ name, detail }) => `${detail} of role ${name}`,
    statement: ({ name }, admin) => `GRANT ${quoteIdentifier(name)} TO ${quoteIdentifier(admin)};`,
  }),
  check({
    kind: "subscription",
    of: ({ detail }) => detail === "enabled",
    code: "subscriptions-enabled",
    severity: "blocks",
    message:
      "The source itself follows other servers. What arrives so is written whatever a database's read-only default says: a freeze would not stop it.",
    shown: ({ name }) => name,
    statement: ({ name }) => `ALTER SUBSCRIPTION ${name} DISABLE;`,
  }),
  check({
    kind: "subscription",
    of: ({ detail }) => detail !== "enabled",
    code: "subscriptions-not-carried",
    severity: "warns",
    message:
      "Subscriptions are not carried. Whoever needs them makes them anew on the target, after the migration.",
    shown: ({ name }) => name,
    statement: ({ name }) =>
      `ALTER SUBSCRIPTION ${name} SET (slot_name = NONE); DROP SUBSCRIPTION ${name}; -- if nobody needs it; its slot stays at the other server`,
  }),
  check({
    kind: "publication",
    code: "publications-not-carried",
    severity: "warns",
    message:
      "Publications are not carried, and neither are the slots of those who follow them: they are to be set up anew on the target, after the migration.",
    statement: ({ name }) => `DROP PUBLICATION ${name}; -- if nobody follows it`,
  }),
  check({
    kind: "tablespace",
    code: "custom-tablespaces",
    severity: "warns",
    message:
      "Tables and indexes lie in tablespaces of their own, which Azure does not have: they land in the default one.",
    statement: ({ name }) =>
      `ALTER TABLE ${name} SET TABLESPACE pg_default; -- rewrites it; not needed for the migration`,
  }),
  check({
    kind: "reg-column",
    code: "reg-columns",
    severity: "warns",
    message:
      "Columns name functions, operators or roles by their number, and are copied by their name: a name that several have, or a role that the target lacks, ends the copy.",
    statement: ({ name, detail }) =>
      `ALTER TABLE ${name} TYPE ${nameable[detail ?? ""] ?? "text"};`,
  }),
  check({
    kind: "extension-rows",
    of: ({ detail }) => detail?.endsWith(" own") === true,
    code: "extension-rows-not-carried",
    severity: "warns",
    message:
      "Tables that belong to extensions hold rows, and the extensions do not declare them as theirs to be dumped (extconfig): the target gets what CREATE EXTENSION fills in, nothing else.",
    shown: extensionTable,
    statement: ({ name }) =>
      `\\copy ${name} TO 'rows.csv' CSV -- and back in on the target, afterwards`,
  }),
];

/** Asked in online mode only. */
export const followedObjectChecks: readonly Check<ObjectsSeen>[] = [
  check({
    kind: "trigger-on-replica",
    code: "triggers-on-replica",
    severity: "warns",
    message:
      "Triggers fire for changes that are followed too (ENABLE ALWAYS or REPLICA): what they write arrives twice on the target, once from the source and once by the trigger.",
    shown: ({ name, detail }) => `${name} on ${detail}`,
    statement: ({ name, detail }) => `ALTER TABLE ${detail} ENABLE TRIGGER ${name};`,
  }),
  check({
    kind: "materialized-view",
    code: "materialized-views",
    severity: "warns",
    message:
      "Materialized views are filled when the copy is restored, and not followed: on the target they are as old as the copy.",
    statement: ({ name }) =>
      `REFRESH MATERIALIZED VIEW ${name}; -- on the target, after the cut-over`,
  }),
  check({
    kind: "extension-rows",
    of: ({ detail }) => detail?.endsWith(" configuration") === true,
    code: "extension-rows-not-followed",
    severity: "warns",
    message:
      "Tables that belong to extensions hold rows of yours. They are copied once and not followed: what changes in them after the copy has begun is not on the target.",
    shown: extensionTable,
  }),
];

function extensionTable({ name, detail }: ObjectIn): string {
  return `${name} (extension ${detail?.split(" ")[0]})`;
}

/** Types whose text names one object, or none at all. */
const nameable: { readonly [type: string]: string | undefined } = {
  regproc: "regprocedure",
  regoper: "regoperator",
};
