/**
 * What `${target:ROLE@DATABASE.PART}` stands for: the way to a migrated
 * database, as an application's configuration wants it.
 */
import { percentEncode } from "../core/percent-encoding.ts";
import { readPieces, type TargetPart } from "../core/plan/reference.ts";
import { Secret } from "../core/secret.ts";
import type { World } from "./world.ts";

/** The whole template filled in. Always a Secret: what came from a reference may be one. */
export async function fillTemplate(
  world: World,
  template: string,
  signal: AbortSignal,
): Promise<Secret> {
  const pieces = readPieces(template);
  if (typeof pieces === "string") throw new Error("The plan was parsed, yet has a bad reference.");
  const texts = await Promise.all(
    pieces.map(async (piece) => {
      if ("literal" in piece) return piece.literal;
      const { reference } = piece;
      if (reference.from === "target") {
        return targetPart(world, reference.role, reference.database, reference.part, signal);
      }
      const written = reference.from === "env" ? reference.name : reference.path;
      return world.references.text(`\${${reference.from}:${written}}`);
    }),
  );
  return new Secret(texts.join(""));
}

export async function fillTemplates(
  world: World,
  templates: { readonly [key: string]: string },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Secret>> {
  const filled = Object.entries(templates).map(
    async ([key, template]) => [key, await fillTemplate(world, template, signal)] as const,
  );
  return new Map(await Promise.all(filled));
}

async function targetPart(
  world: World,
  role: string,
  database: string,
  part: TargetPart,
  signal: AbortSignal,
): Promise<string> {
  const planned = world.databases.find(({ name }) => name === database);
  if (planned === undefined || !planned.roles.includes(role)) {
    throw new Error("The plan was parsed, yet leads to a database or role that it does not have.");
  }
  const endpoint = await world.target.endpoint(database, signal, role);
  switch (part) {
    case "host":
      return endpoint.host;
    case "port":
      return String(endpoint.port);
    case "database":
      return endpoint.database;
    case "user":
      return endpoint.user;
    case "password":
      return endpoint.password.reveal();
    case "url": {
      const user = percentEncode(endpoint.user);
      const password = percentEncode(endpoint.password.reveal());
      const where = `${endpoint.host}:${endpoint.port}/${percentEncode(endpoint.database)}`;
      return `postgresql://${user}:${password}@${where}?sslmode=${endpoint.tls.mode}`;
    }
  }
}
