/**
 * Which role of the target stands for which of the source. Reads only. Shared by
 * the step that carries access and by those that compare.
 */
import { type Role, type RoleNaming, rolesSql } from "../verification/index.ts";
import type { World } from "./world.ts";

async function rolesOf(
  server: World["source"],
  database: string,
  signal: AbortSignal,
): Promise<readonly Role[]> {
  return server.use(database, { signal }, async (client) => {
    const { rows } = await client.query<Role>(rolesSql);
    return rows;
  });
}

/**
 * A role that both sides have stands for itself: without superusers, and without
 * the admins unless applications use them. What belongs to any other
 * role becomes the target's admin's.
 */
export function roleNaming({ source, target, roles }: World): RoleNaming {
  const used = new Set(roles.map(({ name }) => name));
  const admins = [target.admin, ...(used.has(source.admin) ? [] : [source.admin])];
  return (from, to) => {
    const there = new Set(to.map(({ name }) => name));
    const travels = ({ name, service }: Role): boolean =>
      !service && there.has(name) && !admins.includes(name);
    // One that is called as the target's admin is another role, and does not become it.
    const known = from.filter(({ name }) => name !== target.admin);
    return new Map(known.map((role) => [role.name, travels(role) ? role.name : target.admin]));
  };
}

/** Names of the source's roles that are on the target and stand for themselves there. */
export async function rolesThatTravel(
  world: World,
  database: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const [from, to] = await Promise.all([
    rolesOf(world.source, database, signal),
    rolesOf(world.target, database, signal),
  ]);
  const there = [...roleNaming(world)(from, to)];
  return new Set(there.flatMap(([role, becomes]) => (role === becomes ? [role] : [])));
}
