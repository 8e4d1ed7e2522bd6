/**
 * The roles that applications log in with and the groups behind them: read on
 * both sides, created on the target. Azure's service carries no roles from a
 * source outside of Azure.
 */
import { randomBytes } from "node:crypto";
import type pg from "pg";
import { quoteIdentifier, quoteLiteral } from "../../core/identifier.ts";
import type { Secret } from "../../core/secret.ts";
import { scramVerifier } from "./scram.ts";

export interface RoleFacts {
  readonly name: string;
  readonly login: boolean;
  readonly inherit: boolean;
  readonly createDatabase: boolean;
  readonly createRole: boolean;
  readonly connectionLimit: number;
  /** Null: for ever. */
  readonly validUntil: string | null;
  /** The groups it is a member of. */
  readonly memberOf: readonly string[];
}

/** Every role that is not PostgreSQL's own or a superuser's. */
export async function readRoles(client: pg.Client): Promise<readonly RoleFacts[]> {
  const { rows } = await client.query<{
    rolname: string;
    rolcanlogin: boolean;
    rolinherit: boolean;
    rolcreatedb: boolean;
    rolcreaterole: boolean;
    rolconnlimit: number;
    valid_until: string | null;
    member_of: string[] | null;
  }>(
    `SELECT r.rolname, r.rolcanlogin, r.rolinherit, r.rolcreatedb, r.rolcreaterole, r.rolconnlimit,
       pg_catalog.to_char(NULLIF(r.rolvaliduntil, 'infinity') AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US+00') AS valid_until,
       (SELECT pg_catalog.array_agg(g.rolname::text ORDER BY g.rolname) FROM pg_catalog.pg_auth_members m
          JOIN pg_catalog.pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid) AS member_of
     FROM pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_' AND NOT r.rolsuper ORDER BY r.rolname`,
  );
  return rows.map((row) => ({
    name: row.rolname,
    login: row.rolcanlogin,
    inherit: row.rolinherit,
    createDatabase: row.rolcreatedb,
    createRole: row.rolcreaterole,
    connectionLimit: row.rolconnlimit,
    validUntil: row.valid_until,
    memberOf: row.member_of ?? [],
  }));
}

/**
 * Roles that the session's own may act as and whose rights it has. Since
 * PostgreSQL 16 a membership may give either, or neither of the two.
 */
export async function readActsAs(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ rolname: string }>(
    `SELECT r.rolname FROM pg_catalog.pg_roles r WHERE NOT r.rolsuper
       AND pg_catalog.pg_has_role(r.oid, 'USAGE')
       AND pg_catalog.pg_has_role(r.oid, CASE
         WHEN pg_catalog.current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)`,
  );
  return rows.map((row) => row.rolname);
}

/** Roles that own something in the database or were granted something in it. */
export async function readInvolvedRoles(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ rolname: string }>(
    `SELECT DISTINCT r.rolname FROM pg_catalog.pg_shdepend d
       JOIN pg_catalog.pg_roles r ON r.oid = d.refobjid
     WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
       AND d.dbid IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
       AND r.rolname !~ '^pg_' AND NOT r.rolsuper`,
  );
  return rows.map((row) => row.rolname);
}

/**
 * The roles to carry, groups before their members: those of the plan, those
 * that own or were granted something, and the groups that they are members of.
 */
export function rolesToCarry(
  all: readonly RoleFacts[],
  named: readonly string[],
  /** The admin, where no application logs in as it. */
  leftOut: string | undefined,
): readonly RoleFacts[] {
  const known = new Map(all.map((role) => [role.name, role]));
  const carried = new Map<string, RoleFacts>();
  const visit = (name: string): void => {
    const role = known.get(name);
    if (role === undefined || name === leftOut || carried.has(name)) return;
    for (const group of role.memberOf) visit(group);
    carried.set(name, role);
  };
  for (const name of named) visit(name);
  return [...carried.values()];
}

/** A role whose password nobody gave cannot log in: better than a made-up one. */
export function createRoleStatement(role: RoleFacts, password: Secret | undefined): string {
  const flag = (on: boolean, word: string) => (on ? word : `NO${word}`);
  return [
    `CREATE ROLE ${quoteIdentifier(role.name)}`,
    flag(role.login && password !== undefined, "LOGIN"),
    flag(role.inherit, "INHERIT"),
    flag(role.createDatabase, "CREATEDB"),
    flag(role.createRole, "CREATEROLE"),
    `CONNECTION LIMIT ${role.connectionLimit}`,
    ...(role.validUntil === null ? [] : [`VALID UNTIL ${quoteLiteral(role.validUntil)}`]),
    ...(password === undefined
      ? []
      : [`PASSWORD ${quoteLiteral(scramVerifier(password.reveal(), randomBytes(16)))}`]),
  ].join(" ");
}

export function membershipStatements(role: RoleFacts, carried: ReadonlySet<string>): string[] {
  return role.memberOf
    .filter((group) => carried.has(group))
    .map((group) => `GRANT ${quoteIdentifier(group)} TO ${quoteIdentifier(role.name)}`);
}

/**
 * The admin must be a member of every role to hand objects over to it. Since
 * PostgreSQL 16 the creator of a role may grant it, and is no member by that.
 */
export function adminMembership(role: string, major: number): string {
  const options = major >= 16 ? " WITH INHERIT TRUE, SET TRUE" : "";
  return `GRANT ${quoteIdentifier(role)} TO CURRENT_USER${options}`;
}
