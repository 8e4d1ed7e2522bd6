/**
 * From the access on the source and on the target to the statements that make
 * the target's the same: pure. Owners that do not travel (the provider's own
 * roles) become the target's admin.
 */
import { quoteIdentifier, quoteLiteral } from "../../core/identifier.ts";
import { shownRole, shownSetting } from "../../verification/index.ts";
import type {
  AccessFacts,
  DefaultGrant,
  Granted,
  MemberRight,
  ObjectKind,
  Owned,
  Setting,
} from "./facts.ts";

export interface Carrying {
  readonly source: AccessFacts;
  readonly target: AccessFacts;
  /** Roles that exist on both sides, the admins left out. */
  readonly roles: ReadonlySet<string>;
  readonly targetAdmin: string;
  readonly database: string;
}

export interface Statement {
  readonly sql: string;
  /** What people and the journal see: the value of a setting may be a secret (`app.jwt_secret`). */
  readonly shown: string;
  /** What differs until it has run, as a comparison names it: `KIND OBJECT`. */
  readonly settles: string;
  /** The server only warns whoever may not do it. */
  readonly mayDoNothing?: true;
}

type Plain = Omit<Statement, "shown">;

/** In an order in which they can be run by a member of every role. */
export function accessStatements(carrying: Carrying): Statement[] {
  const plain: readonly Plain[] = [
    ...ownerStatements(carrying),
    ...grantStatements(carrying),
    ...memberStatements(carrying),
    ...defaultStatements(carrying),
  ];
  return [...plain.map((each) => ({ ...each, shown: each.sql })), ...settingStatements(carrying)];
}

function ownerStatements({ source, target, roles, targetAdmin }: Carrying): Plain[] {
  const wanted = (owner: string) => (roles.has(owner) ? owner : targetAdmin);
  const there = new Map(target.owned.map((owned) => [key(owned), owned]));
  const changes = source.owned.filter((owned) => {
    const now = there.get(key(owned));
    return (
      now !== undefined && !owned.dependent && travels(owned) && now.owner !== wanted(owned.owner)
    );
  });
  const alter = (owned: Owned): Plain => ({
    sql: `ALTER ${keyword(owned.kind)} ${owned.object} OWNER TO ${quoteIdentifier(wanted(owned.owner))}`,
    settles: `${comparedKind(owned.kind)}-owner ${owned.name}`,
  });
  // Schemas first: what lies in them may then be handed to their owner without a loan.
  const schemas = changes.filter(({ kind }) => kind === "schema");
  const others = changes.filter(({ kind }) => kind !== "schema");
  const loans = [...loansFor(others, { source, target, roles })];
  return [
    ...schemas.map(alter),
    ...loans.map(loan(({ schema, role }) => `GRANT CREATE ON SCHEMA ${schema} TO ${role}`)),
    ...others.map(alter),
    ...loans.map(loan(({ schema, role }) => `REVOKE CREATE ON SCHEMA ${schema} FROM ${role}`)),
  ];
}

interface Loan {
  readonly schema: string;
  readonly role: string;
}

/** Nothing differs by a loan that is not given: the change of owner that it is for is refused then. */
function loan(sql: (loan: Loan) => string): (loan: Loan) => Plain {
  return (each) => ({ sql: sql(each), settles: "loan" });
}

/**
 * A new owner needs CREATE on the schema for the moment of the change
 * (PostgreSQL, ALTER TABLE). Lent only to who has it in no other way: taken
 * back from a schema's owner, the owner's own right would be gone.
 */
function loansFor(
  changes: readonly Owned[],
  { source, target, roles }: Pick<Carrying, "source" | "target" | "roles">,
): Iterable<Loan> {
  const owns = (side: AccessFacts, schema: string, role: string) =>
    side.owned.some(
      (each) => each.kind === "schema" && each.object === schema && each.owner === role,
    );
  const mayCreate = (schema: string, role: string) =>
    target.granted.some(
      (each) =>
        key(each) === `schema ${schema}` && each.grantee === role && each.privilege === "CREATE",
    );
  const loans = new Map<string, Loan>();
  for (const { schema, owner } of changes) {
    if (schema === null || !roles.has(owner) || mayCreate(schema, owner)) continue;
    if (owns(target, schema, owner) || (schema !== "public" && owns(source, schema, owner)))
      continue;
    loans.set(JSON.stringify([schema, owner]), { schema, role: quoteIdentifier(owner) });
  }
  return loans.values();
}

/** `public` belongs to the service (PostgreSQL 15 gives it to pg_database_owner). */
function travels(owned: Owned): boolean {
  return !(owned.kind === "schema" && owned.object === "public") && owned.kind !== "database";
}

function grantStatements({ source, target, roles }: Carrying): Plain[] {
  const carried = (grant: Granted) => grant.grantee === "" || roles.has(grant.grantee);
  const objects = new Set(target.owned.map(key));
  const settles = (each: Granted) => `grant ${shownRole(each.grantee)} on ${each.name}`;
  const wanted = [...source.granted, ...ownersRights(source)].filter(
    (grant) => carried(grant) && objects.has(key(grant)),
  );
  // An owner's own rights need no grant, and the owner is the admin where it did not travel.
  const now = new Map(target.granted.filter(carried).map((grant) => [grantKey(grant), grant]));
  const want = new Map(wanted.map((grant) => [grantKey(grant), grant]));
  const known = new Set(source.owned.map(key));
  const revoke = [...now.values()].filter(
    (grant) => !want.has(grantKey(grant)) && known.has(key(grant)),
  );
  const grant = wanted.filter((each) => !now.has(grantKey(each)));
  return [
    ...revoke.map((each) => ({ sql: revocation(each), settles: settles(each) })),
    ...grant.map((each) => ({ sql: grantOf(each), settles: settles(each) })),
  ];
}

/** On members of extensions, which each server makes with the rights that they begin with. */
function memberStatements({ source, target, roles }: Carrying): Plain[] {
  const carried = ({ grantee }: MemberRight): boolean => grantee === "" || roles.has(grantee);
  const want = new Set(source.members.map(memberChange));
  const now = new Set(target.members.map(memberChange));
  const back = target.members
    .filter((each) => !want.has(memberChange(each)))
    .map((each) => ({ ...each, revoked: !each.revoked }));
  return [...back, ...source.members.filter((each) => !now.has(memberChange(each)))]
    .filter(carried)
    .map((each) => ({
      sql: memberChange(each),
      settles: `grant ${shownRole(each.grantee)} on ${each.name}`,
      mayDoNothing: true,
    }));
}

function memberChange(right: MemberRight): string {
  return right.revoked ? revocation(right) : grantOf(right);
}

function revocation(right: Omit<Granted, "owner">): string {
  return `REVOKE ${rights(right)} ON ${on(right)} FROM ${shownRole(right.grantee)}`;
}

function grantOf(right: Omit<Granted, "owner">): string {
  return `GRANT ${rights(right)} ON ${on(right)} TO ${shownRole(right.grantee)}${right.grantable ? " WITH GRANT OPTION" : ""}`;
}

/** What the owner of a thing whose ownership does not travel may do with it: granted instead. */
function ownersRights({ owned }: AccessFacts): Granted[] {
  const databaseOwner = owned.find(({ kind }) => kind === "database")?.owner;
  return owned
    .filter((each) => !travels(each))
    .flatMap((each) => {
      const owner = each.owner === "pg_database_owner" ? (databaseOwner ?? "") : each.owner;
      if (owner === "") return [];
      const rights =
        each.kind === "database" ? ["CREATE", "CONNECT", "TEMPORARY"] : ["CREATE", "USAGE"];
      return rights.map((privilege) => ({
        kind: each.kind,
        object: each.object,
        name: each.name,
        column: null,
        grantee: owner,
        privilege,
        grantable: false,
        owner,
      }));
    });
}

function defaultStatements({ source, target, roles, targetAdmin }: Carrying): Plain[] {
  const creator = (name: string) => quoteIdentifier(roles.has(name) ? name : targetAdmin);
  const change = ({ privilege, objects, grantee, grantable, revoked }: DefaultGrant) =>
    revoked
      ? `REVOKE ${privilege} ON ${objects} FROM ${shownRole(grantee)}`
      : `GRANT ${privilege} ON ${objects} TO ${shownRole(grantee)}${grantable ? " WITH GRANT OPTION" : ""}`;
  const text = (grant: DefaultGrant) =>
    [
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${creator(grant.creator)}`,
      ...(grant.schema === null ? [] : [`IN SCHEMA ${grant.schema}`]),
      change(grant),
    ].join(" ");
  const settles = ({ objects, schema, grantee, creator: by }: DefaultGrant) =>
    `default-privilege ${shownRole(grantee)} on ${objects}${schema === null ? "" : ` in ${schema}`} of ${creator(by)}`;
  const there = new Set(target.defaults.map(text));
  return source.defaults
    .filter((grant) => grant.grantee === "" || roles.has(grant.grantee))
    .map((grant) => ({ sql: text(grant), settles: settles(grant) }))
    .filter(({ sql }) => !there.has(sql));
}

/** Lists of names that PostgreSQL stores quoted already (GUC_LIST_QUOTE, as pg_dump knows them). */
const listParameters = new Set([
  "local_preload_libraries",
  "search_path",
  "session_preload_libraries",
  "temp_tablespaces",
]);

function settingStatements({ source, target, roles, database }: Carrying): Statement[] {
  const settingKey = ({ role, everywhere, name, value }: Setting) =>
    JSON.stringify([role, everywhere, name, value]);
  const there = new Set(target.settings.map(settingKey));
  return source.settings
    .filter((setting) => setting.role === null || roles.has(setting.role))
    .filter((setting) => !there.has(settingKey(setting)) && !isTheirs(setting, target.settings))
    .map((setting) => {
      const name = setting.name.split(".").map(quoteIdentifier).join(".");
      const sql = `${alterSettings(setting, database)} SET ${name} TO ${settingValue(setting)}`;
      // Only an application's own parameter has a dot in its name, and may hold anything.
      const isSecret = setting.name.includes(".");
      return {
        sql,
        settles: `setting ${shownSetting(quoteIdentifier(setting.name), setting.role, setting.everywhere)}`,
        shown: isSecret ? `${alterSettings(setting, database)} SET ${name} TO ...` : sql,
      };
    });
}

function alterSettings({ role, everywhere }: Setting, database: string): string {
  const where = quoteIdentifier(database);
  if (role === null) return everywhere ? "ALTER ROLE ALL" : `ALTER DATABASE ${where}`;
  return `ALTER ROLE ${quoteIdentifier(role)}${everywhere ? "" : ` IN DATABASE ${where}`}`;
}

/** What a role has on the target for every database stays: others may use the role there. */
function isTheirs({ everywhere, role, name }: Setting, there: readonly Setting[]): boolean {
  return (
    everywhere && there.some((each) => each.everywhere && each.role === role && each.name === name)
  );
}

function settingValue({ name, value }: Setting): string {
  if (!listParameters.has(name)) return quoteLiteral(value);
  const elements = value.match(/"(?:[^"]|"")*"|[^,\s]+/g) ?? [];
  const bare = elements.map((each) =>
    each.startsWith('"') ? each.slice(1, -1).replaceAll('""', '"') : each,
  );
  return bare.length === 0 ? "''" : bare.map(quoteLiteral).join(", ");
}

function key({ kind, object }: { readonly kind: ObjectKind; readonly object: string }): string {
  return `${kind} ${object}`;
}

function grantKey(grant: Granted): string {
  return JSON.stringify([
    key(grant),
    grant.column,
    grant.grantee,
    grant.privilege,
    grant.grantable,
  ]);
}

/** A comparison tells views, functions and tables apart, and no finer. */
function comparedKind(kind: ObjectKind): string {
  if (kind === "foreign table") return "table";
  if (kind === "materialized view") return "view";
  return kind === "routine" ? "function" : kind;
}

function keyword(kind: ObjectKind): string {
  return kind.toUpperCase();
}

function rights({ privilege, column }: Pick<Granted, "privilege" | "column">): string {
  return column === null ? privilege : `${privilege} (${column})`;
}

function on({ kind, object }: Pick<Granted, "kind" | "object">): string {
  const tables: readonly ObjectKind[] = ["table", "view", "materialized view", "foreign table"];
  return tables.includes(kind) ? `TABLE ${object}` : `${keyword(kind)} ${object}`;
}
