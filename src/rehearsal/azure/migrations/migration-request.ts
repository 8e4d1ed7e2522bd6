/**
 * What a client asks for in PUT and PATCH, checked and in the service's
 * spelling (it takes `offline` and answers `Offline`).
 */
import { z } from "zod";
import { Secret } from "../../../core/secret.ts";
import { badRequest } from "../arm/arm-error.ts";

const modes = ["Offline", "Online"] as const;
const options = ["Validate", "Migrate", "ValidateAndMigrate"] as const;
const sslModes = ["Prefer", "Require", "VerifyCA", "VerifyFull"] as const;
const flags = ["True", "False"] as const;

/** Whatever the case, as the service takes it. */
function word<const Words extends readonly [string, ...string[]]>(
  words: Words,
): z.ZodType<Words[number]> {
  return z
    .string()
    .transform((text) => words.find((known) => known.toLowerCase() === text.toLowerCase()) ?? text)
    .pipe(z.enum(words));
}

const credentials = z.looseObject({
  sourceServerPassword: z.string().optional(),
  targetServerPassword: z.string().optional(),
});

const properties = z.object({
  migrationMode: word(modes).optional(),
  migrationOption: word(options).optional(),
  sourceType: z.string().optional(),
  sslMode: word(sslModes).optional(),
  migrationInstanceResourceId: z.string().optional(),
  sourceDbServerResourceId: z.string().optional(),
  sourceDbServerFullyQualifiedDomainName: z.string().optional(),
  targetDbServerFullyQualifiedDomainName: z.string().optional(),
  secretParameters: z
    .looseObject({
      adminCredentials: credentials.optional(),
      sourceServerUsername: z.string().optional(),
      targetServerUsername: z.string().optional(),
    })
    .optional(),
  dbsToMigrate: z.array(z.string()).max(50).optional(),
  setupLogicalReplicationOnSourceDbIfNeeded: word(flags).optional(),
  overwriteDbsInTarget: word(flags).optional(),
  migrationWindowStartTimeInUtc: z.string().optional(),
  migrateRoles: word(flags).optional(),
  startDataMigration: word(flags).optional(),
  triggerCutover: word(flags).optional(),
  dbsToTriggerCutoverOn: z.array(z.string()).optional(),
  cancel: word(flags).optional(),
  dbsToCancelMigrationOn: z.array(z.string()).optional(),
});

export const createShape = z.looseObject({
  location: z.string(),
  tags: z.record(z.string(), z.string()).optional(),
  properties,
});

export const patchShape = z.looseObject({
  tags: z.record(z.string(), z.string()).optional(),
  properties: properties.optional(),
});

type Properties = z.infer<typeof properties>;
type Visible = Omit<Properties, "secretParameters">;

export interface MigrationRequest {
  readonly location: string;
  readonly tags: Readonly<Record<string, string>> | undefined;
  /** As echoed: never a secret. */
  readonly properties: Visible;
  readonly sourcePassword: Secret | undefined;
  readonly targetPassword: Secret | undefined;
  readonly sourceUsername: string | undefined;
  readonly targetUsername: string | undefined;
}

function withSecrets(
  request: MigrationRequest,
  given: Properties["secretParameters"],
): MigrationRequest {
  const { sourceServerPassword, targetServerPassword } = given?.adminCredentials ?? {};
  return {
    ...request,
    sourcePassword:
      sourceServerPassword === undefined
        ? request.sourcePassword
        : new Secret(sourceServerPassword),
    targetPassword:
      targetServerPassword === undefined
        ? request.targetPassword
        : new Secret(targetServerPassword),
    sourceUsername: given?.sourceServerUsername ?? request.sourceUsername,
    targetUsername: given?.targetServerUsername ?? request.targetUsername,
  };
}

/** The defaults that the service fills in and echoes. Throws ArmError for what it refuses. */
export function createdRequest(body: z.infer<typeof createShape>, now: Date): MigrationRequest {
  const { secretParameters, ...given } = body.properties;
  if (given.sourceDbServerResourceId === undefined) {
    throw badRequest(
      "InvalidParameterValue",
      "The property 'sourceDbServerResourceId' is required.",
    );
  }
  const mode = given.migrationMode ?? "Offline";
  const visible: Visible = {
    ...given,
    migrationMode: mode,
    migrationOption: given.migrationOption ?? "ValidateAndMigrate",
    sourceType: given.sourceType ?? "OnPremises",
    sslMode: given.sslMode ?? "Prefer",
    dbsToMigrate: given.dbsToMigrate ?? [],
    setupLogicalReplicationOnSourceDbIfNeeded:
      given.setupLogicalReplicationOnSourceDbIfNeeded ?? "False",
    overwriteDbsInTarget: given.overwriteDbsInTarget ?? "False",
    migrationWindowStartTimeInUtc: given.migrationWindowStartTimeInUtc ?? now.toISOString(),
    migrateRoles: given.migrateRoles ?? "False",
    // The service sets it by itself when there is nothing to trigger.
    ...(mode === "Offline" ? { triggerCutover: "True" as const } : {}),
  };
  const empty: MigrationRequest = {
    location: body.location,
    tags: body.tags,
    properties: visible,
    sourcePassword: undefined,
    targetPassword: undefined,
    sourceUsername: undefined,
    targetUsername: undefined,
  };
  return withSecrets(empty, secretParameters);
}

/** `migrationOption` and `sourceType` cannot be changed by PATCH and are left as they are. */
export function patchedRequest(
  request: MigrationRequest,
  body: z.infer<typeof patchShape>,
): MigrationRequest {
  const { secretParameters, migrationOption: _o, sourceType: _t, ...given } = body.properties ?? {};
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const patched = {
    ...request,
    tags: body.tags ?? request.tags,
    properties: { ...request.properties, ...set },
  };
  return withSecrets(patched, secretParameters);
}

export interface SourceAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
}

/** `host:port@user`; a fully qualified name, where given, is what the service connects to. */
export function sourceAddress({
  properties: { sourceDbServerResourceId, sourceDbServerFullyQualifiedDomainName },
  sourceUsername,
}: MigrationRequest): SourceAddress | undefined {
  const match = /^([^:@\s]+):(\d+)(?:@(.+))?$/.exec(sourceDbServerResourceId ?? "");
  if (match === null) return undefined;
  const [, host = "", port, user] = match;
  return {
    host: sourceDbServerFullyQualifiedDomainName ?? host,
    port: Number(port),
    user: sourceUsername ?? user,
  };
}
