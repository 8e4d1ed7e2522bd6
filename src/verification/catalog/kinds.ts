/**
 * The kinds of objects that a catalog holds, in the order in which they are
 * compared: what objects can belong to comes before them. Data only.
 */
import {
  defaultPrivileges,
  extensionMembers,
  grants,
  grantsOnMembers,
  settings,
} from "./access.ts";
import { columns } from "./columns.ts";
import { comments } from "./comments.ts";
import { eventTriggers, extensions, functions, statistics, types } from "./definitions.ts";
import { constraints, indexes } from "./indexes.ts";
import type { CatalogQuery, ObjectKind } from "./object.ts";
import { definitionsSql, sequenceState } from "../sequences/state.ts";
import { sequenceObject } from "../sequences/verdict.ts";
import type { TextRow } from "../side.ts";
import { casts, collations, foreignServers } from "./others.ts";
import { publications } from "./publications.ts";
import { database, policies, rules, schemas, tables, triggers, views } from "./relations.ts";

const sequences: CatalogQuery = {
  kind: "sequence",
  subject: "sequences",
  sql: definitionsSql,
  object: (text) => sequenceObject(sequenceState(JSON.parse(text) as TextRow, undefined)),
};

/** Of each generation the slow ones first. */
export const generations: readonly (readonly CatalogQuery[])[] = [
  [schemas, publications, eventTriggers, settings, extensions, database, foreignServers],
  [sequences, functions, views, tables, types, collations, extensionMembers],
  [
    columns,
    constraints,
    indexes,
    triggers,
    policies,
    grants,
    grantsOnMembers,
    rules,
    statistics,
    defaultPrivileges,
    casts,
  ],
  [comments],
];

/** Nobody owns them by themselves, and nothing is granted to anybody by them. */
export const kindsWithoutRoles: ReadonlySet<ObjectKind> = new Set([
  "column",
  "constraint",
  "index",
  "trigger",
  "rule",
  "policy",
  "statistics",
  "comment",
  "collation",
  "cast",
  "foreign-server",
  "extension-member",
]);
