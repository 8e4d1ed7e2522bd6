/**
 * The JSON of a migration, pure: what the service shows at which moment. It
 * never contains secretParameters.
 */
import { timestamp } from "../arm/timestamp.ts";
import type { DatabaseDetail, Migration, ValidationDetails, ValidationItem } from "./migration.ts";

/** What faults change in the picture. */
export interface Distortion {
  readonly state?: string;
  /** Tables that have disappeared from the completed ones. */
  readonly fewerTables?: number;
}

function detailBody(detail: DatabaseDetail, fewer: number): unknown {
  const { startedOn, endedOn, latency, message, ...rest } = detail;
  const lost = Math.min(fewer, rest.fullLoadCompletedTables);
  return {
    ...rest,
    fullLoadCompletedTables: rest.fullLoadCompletedTables - lost,
    fullLoadQueuedTables: rest.fullLoadQueuedTables + lost,
    startedOn: timestamp(startedOn),
    ...(endedOn === undefined ? {} : { endedOn: timestamp(endedOn) }),
    ...(latency === undefined ? {} : { latency }),
    ...(message === undefined ? {} : { message }),
  };
}

function itemBody({ type, state, messages }: ValidationItem): unknown {
  // The live service leaves `messages` out when there is nothing to say.
  return { type, state, ...(messages.length === 0 ? {} : { messages }) };
}

function validationBody(details: ValidationDetails): unknown {
  return {
    ...(details.status === undefined ? {} : { status: details.status }),
    validationStartTimeInUtc: timestamp(details.startedOn),
    ...(details.endedOn === undefined
      ? {}
      : { validationEndTimeInUtc: timestamp(details.endedOn) }),
    serverLevelValidationDetails: details.serverLevel.map(itemBody),
    dbLevelValidationDetails: details.databaseLevel.map((database) => ({
      databaseName: database.databaseName,
      startedOn: timestamp(database.startedOn),
      endedOn: timestamp(database.endedOn),
      summary: database.summary.map(itemBody),
    })),
  };
}

function statusBody(migration: Migration, distortion: Distortion): unknown {
  const { state, subState, error, validation } = migration;
  const fewer = distortion.fewerTables ?? 0;
  const details = [...migration.databases.values()].map((detail) => [
    detail.databaseName,
    detailBody(detail, fewer),
  ]);
  return {
    state: distortion.state ?? state,
    ...(error === undefined ? {} : { error }),
    ...(subState === undefined
      ? {}
      : {
          currentSubStateDetails: {
            currentSubState: subState,
            dbDetails: Object.fromEntries(details) as unknown,
            ...(validation === undefined ? {} : { validationDetails: validationBody(validation) }),
          },
        }),
  };
}

function metadata(migration: Migration): Record<string, unknown> {
  const { sourceVersion, targetVersion, server } = migration;
  const target = {
    location: server.options.locationName,
    version: targetVersion,
    storageMb: server.storageSizeGB * 1024,
    sku: { name: "Standard_D4ds_v5", tier: "GeneralPurpose" },
  };
  return {
    ...(sourceVersion === undefined ? {} : { sourceDbServerMetadata: { version: sourceVersion } }),
    ...(targetVersion === undefined ? {} : { targetDbServerMetadata: target }),
  };
}

/**
 * As the answer to PUT: the location as sent, a bare state, no metadata, no
 * migrateRoles. Seen in azure-cli's recording of January 2026.
 */
export function createdBody(migration: Migration): unknown {
  const { migrateRoles: _roles, ...properties } = migration.request.properties;
  return resource(migration, migration.request.location, {
    migrationId: migration.id,
    currentStatus: { state: "InProgress" },
    ...properties,
    targetDbServerResourceId: migration.server.id,
  });
}

/** As the answer to everything later. */
export function migrationBody(migration: Migration, distortion: Distortion = {}): unknown {
  const { endedOn, server, request } = migration;
  return resource(migration, server.options.locationName, {
    migrationId: migration.id,
    currentStatus: statusBody(migration, distortion),
    ...request.properties,
    ...metadata(migration),
    ...(endedOn === undefined ? {} : { migrationWindowEndTimeInUtc: timestamp(endedOn) }),
    targetDbServerResourceId: server.id,
  });
}

function resource(
  migration: Migration,
  location: string,
  properties: Record<string, unknown>,
): unknown {
  const { tags } = migration.request;
  return {
    properties,
    location,
    ...(tags === undefined ? {} : { tags }),
    id: `${migration.server.id}/migrations/${migration.name}`,
    name: migration.name,
    type: "Microsoft.DBforPostgreSQL/flexibleServers/migrations",
  };
}
