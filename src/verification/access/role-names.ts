/**
 * Owners and grantees under the names that they have on the target, so that two
 * servers with other roles can be compared. Pure.
 *
 * A role that has its own name on both sides travels. One that became another
 * (the provider's admin) owns what it owned, and what it may do beyond that is
 * the provider's affair.
 */
import { quoteIdentifier } from "../../core/identifier.ts";
import type { CatalogObject } from "../catalog/object.ts";
import type { SideLabel } from "../side.ts";

/** Role of the source to the role of the target that stands for it. */
export type RoleMap = ReadonlyMap<string, string>;

export interface Role {
  readonly name: string;
  /** A superuser, or whoever owns the database. */
  readonly service: boolean;
}

/** Who became whom, from the roles that both sides have. */
export type RoleNaming = (source: readonly Role[], target: readonly Role[]) => RoleMap;

/** Where nobody says who became whom: each name stands for itself, where both sides have it. */
export function sameNames(source: readonly Role[], target: readonly Role[]): RoleMap {
  const there = new Set(target.map(({ name }) => name));
  const common = source.filter(({ name, service }) => !service && there.has(name));
  return new Map(common.map(({ name }) => [name, name]));
}

interface Names {
  /** On the target. */
  nameOf(role: string): string;
  travels(role: string): boolean;
  known(role: string): boolean;
}

function namesOf(side: SideLabel, roles: RoleMap): Names {
  const owners = new Set(roles.values());
  return {
    nameOf: (role) => (side === "source" ? (roles.get(role) ?? role) : role),
    travels: (role) => role === "" || roles.get(role) === role,
    known: (role) => (side === "source" ? roles.has(role) : owners.has(role)),
  };
}

/** Empty for PUBLIC. */
export function shownRole(role: string): string {
  return role === "" ? "PUBLIC" : quoteIdentifier(role);
}

/** Who owns them is the service's choice. */
function ownerStays({ kind, name }: CatalogObject): boolean {
  return kind === "database" || (kind === "schema" && name === '"public"');
}

/** Only an owner that travels is shown, to be granted on the target what an owner may. */
function withOwnerThatStays(object: CatalogObject, names: Names): CatalogObject {
  const owner = object.facts["owner"] ?? "";
  const facts = { ...object.facts, owner: names.travels(owner) && owner !== "" ? owner : null };
  return { ...object, facts, undecided: ["owner"] };
}

function withOwner(object: CatalogObject, side: SideLabel, names: Names): CatalogObject {
  const { owner } = object.facts;
  if (owner === null || owner === undefined) return object;
  const undecided = side === "source" && !names.known(owner) ? { undecided: ["owner"] } : {};
  return { ...object, facts: { ...object.facts, owner: names.nameOf(owner) }, ...undecided };
}

/**
 * The owner's rights where the owner is no role that travels are neither granted nor missed.
 * Nor are those of such a role on what the server made: each provider has roles of its own
 * that it lets do there what only a superuser may, and gives and takes rights of others.
 */
function grant(object: CatalogObject, names: Names): CatalogObject | undefined {
  const { grantee, owners, "made-by-server": madeByServer, ...facts } = object.facts;
  const role = grantee ?? "";
  if ((owners === "yes" || madeByServer === "yes") && !names.travels(role)) return undefined;
  return {
    ...object,
    name: `${shownRole(names.nameOf(role))} on ${object.name}`,
    facts,
    ...(names.travels(role) && madeByServer !== "yes" ? {} : { mayBeCosmetic: true }),
  };
}

/** The creator becomes whoever owns what it creates. */
function defaultPrivilege(object: CatalogObject, names: Names): CatalogObject {
  const { grantee, creator, ...facts } = object.facts;
  const [to, by] = [grantee ?? "", creator ?? ""];
  return {
    ...object,
    name: `${shownRole(names.nameOf(to))} on ${object.name} of ${shownRole(names.nameOf(by))}`,
    facts,
    ...(names.travels(to) && names.known(by) ? {} : { mayBeCosmetic: true }),
  };
}

/** The database's own without a role; those of every role as `ALTER ROLE ALL` gives them. */
export function shownSetting(name: string, role: string | null, everywhere: boolean): string {
  if (role === null && !everywhere) return name;
  const whose = role === null ? "all roles" : shownRole(role);
  return `${name} of ${whose}${everywhere ? " in every database" : ""}`;
}

/** What holds in every database stays as the target has it: others may rely on it there. */
function setting(object: CatalogObject, side: SideLabel, names: Names): CatalogObject {
  const { role, everywhere, ...facts } = object.facts;
  // Only an application's own parameter has a dot in its name, and may hold anything.
  const secret = object.name.includes(".") ? { secret: true as const } : {};
  const whose = role ?? null;
  const theirs = everywhere === "yes" && side === "target";
  return {
    ...object,
    name: shownSetting(
      object.name,
      whose === null ? null : names.nameOf(whose),
      everywhere === "yes",
    ),
    facts,
    ...secret,
    ...(everywhere === "yes" ? { undecided: ["value"] } : {}),
    ...(names.travels(whose ?? "") && !theirs ? {} : { mayBeCosmetic: true }),
  };
}

function named(object: CatalogObject, side: SideLabel, names: Names): CatalogObject | undefined {
  if (object.kind === "grant") return grant(object, names);
  if (object.kind === "default-privilege") return defaultPrivilege(object, names);
  if (object.kind === "setting") return setting(object, side, names);
  return ownerStays(object) ? withOwnerThatStays(object, names) : withOwner(object, side, names);
}

export interface Naming {
  readonly side: SideLabel;
  readonly roles: RoleMap;
  /** Major version of the older side. */
  readonly olderMajor: number;
}

/** PostgreSQL 17 brings MAINTAIN, and a dump's GRANT ALL gives it there. */
function privilegesSince(olderMajor: number, privileges: readonly string[]): string[] {
  return privileges.filter((each) => olderMajor >= 17 || !each.startsWith("MAINTAIN"));
}

/** What several roles had may be one role's now, and its rights are all of theirs. */
function merged(rights: readonly CatalogObject[], olderMajor: number): CatalogObject[] {
  const byName = Map.groupBy(rights, ({ kind, name }) => `${kind} ${name}`);
  return [...byName.values()].flatMap((same) => {
    const [first] = same;
    const all = new Set(same.flatMap(({ facts }) => facts["privileges"]?.split("\n") ?? []));
    const privileges = privilegesSince(olderMajor, [...all]).toSorted();
    if (first === undefined || privileges.length === 0) return [];
    return [{ ...first, facts: { privileges: privileges.join(", ") } }];
  });
}

/** Has the same names on both sides, whosever it is there. */
export function isNamedAlike({ facts }: CatalogObject, roles: RoleMap): boolean {
  const { owner, grantee, creator, role } = facts;
  return [owner, grantee, creator, role].every(
    (name) => name === undefined || name === null || name === "" || roles.get(name) === name,
  );
}

export type NameRoles = (objects: readonly CatalogObject[]) => CatalogObject[];

/** For the objects of one name at a time, or more: those whose rights may become one must be together. */
export function roleNames({ side, roles, olderMajor }: Naming): NameRoles {
  const names = namesOf(side, roles);
  const isRight = ({ kind }: CatalogObject): boolean =>
    kind === "grant" || kind === "default-privilege";
  return (objects) => {
    const all = objects.flatMap((object) => named(object, side, names) ?? []);
    return [
      ...all.filter((object) => !isRight(object)),
      ...merged(all.filter(isRight), olderMajor),
    ];
  };
}
