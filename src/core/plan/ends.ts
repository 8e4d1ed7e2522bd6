/** The two ends of a migration, its databases and their application roles, as a plan declares them. */
import { z } from "zod";
import { postgresName } from "./fields.ts";
import { secret, text } from "./reference.ts";

/** Roles, or databases: more are no plan that a person has read. */
const mostNamed = 1000;

const endpoint = text().describe(
  "Where the service's API answers, when not at its public address: a sovereign cloud, or the local cloud of a rehearsal.",
);
const endpointCa = text().describe(
  "Certificate authority (PEM) that the API's certificate must chain to, such as `${file:ca.pem}`. Default: the system's.",
);

export const digitalOcean = z
  .strictObject({
    token: secret().describe(
      "API token with the scopes database:read, database:view_credentials, database:update, domain:read and domain:update.",
    ),
    cluster: text().describe("The database cluster, by name or id."),
    user: postgresName.default("doadmin").describe("The cluster's admin role."),
    password: secret().describe("Password of that role."),
    endpoint: endpoint.optional(),
    ca: endpointCa.optional(),
  })
  .describe("A DigitalOcean managed PostgreSQL cluster, always reached over its direct port.");

export const azure = z
  .strictObject({
    subscription: text().describe("Subscription id, a UUID."),
    resourceGroup: text().describe("Resource group of the server."),
    server: text().describe("Name of the flexible server."),
    user: postgresName.describe("The server's admin role."),
    password: secret().describe("Password of that role; the migration service needs one."),
    port: text()
      .default("5432")
      .describe("Port of the server's PostgreSQL, never that of its PgBouncer (6432)."),
    databaseCa: text()
      .optional()
      .describe(
        "Certificate authority (PEM) of the server's PostgreSQL certificate. Default: the system's, which know Azure's.",
      ),
    token: secret()
      .optional()
      .describe(
        "A bearer token for Azure's API. Default: what @azure/identity finds (environment, workload identity, managed identity, Azure CLI).",
      ),
    endpoint: endpoint.optional(),
    ca: endpointCa.optional(),
  })
  .describe("An Azure Database for PostgreSQL flexible server, which exists already.");

export const role = z.strictObject({
  name: postgresName.describe("The role, the same on both sides."),
  password: secret().describe(
    "Its password on the source: used to prove, as this role, that writes are stopped.",
  ),
  targetPassword: secret()
    .optional()
    .describe("Its password on the target. Default: the same as on the source."),
});

export const database = z.strictObject({
  name: postgresName.describe(
    "The database, the same on both sides: Azure's service renames nothing.",
  ),
  roles: z
    .array(postgresName)
    .min(1)
    .describe("The application roles that use it, from the plan's `roles`."),
});

export const ends = {
  source: z.strictObject({ digitalocean: digitalOcean }).describe("Where the data is."),
  target: z.strictObject({ azure }).describe("Where the data goes."),
  roles: z
    .array(role)
    .min(1)
    .max(mostNamed)
    .describe(
      "The roles with which applications log in. Roles and grants are carried by this tool, as the service carries none.",
    ),
  databases: z.array(database).min(1).max(mostNamed).describe("The databases to migrate."),
} as const;

export type DigitalOceanEnd = z.infer<typeof digitalOcean>;
export type AzureEnd = z.infer<typeof azure>;
export type ApplicationRole = z.infer<typeof role>;
export type MigratedDatabase = z.infer<typeof database>;
