/**
 * Routes of migrations. A PUT answers 201 at once and says nothing about
 * success; names stay taken for ever; DELETE cancels and answers InProgress.
 */
import { z } from "zod";
import { ArmError, badRequest, resourceNotFound } from "../arm/arm-error.ts";
import { type Answer, bodyOf, type Call, named, ok } from "../arm/call.ts";
import type { Route } from "../arm/router.ts";
import type { Faults } from "../faults/faults.ts";
import type { FlexibleServer } from "../postgresql/flexible-server.ts";
import { provider, serverOf, serverPath } from "../postgresql/server-paths.ts";
import { Migration } from "./migration.ts";
import { createdBody, type Distortion, migrationBody } from "./migration-body.ts";
import { createdRequest, createShape, patchedRequest, patchShape } from "./migration-request.ts";

export interface MigrationParts {
  readonly servers: readonly FlexibleServer[];
  readonly faults: Faults;
  /** All there ever were, oldest first. */
  readonly migrations: Migration[];
  /** Sets a migration going; returns at once. */
  begin(migration: Migration): void;
  readonly pageSize: number;
}

const kind = `${provider}/flexibleServers/migrations`;
const validName = /^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/;
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function ofServer(parts: MigrationParts, server: FlexibleServer): readonly Migration[] {
  return parts.migrations.filter((migration) => migration.server === server);
}

function find(call: Call, parts: MigrationParts): Migration {
  const server = serverOf(call, parts.servers);
  const name = named(call, "migration");
  const found = ofServer(parts, server).find((migration) => same(migration.name, name));
  if (found !== undefined && !parts.faults.isOn("migration-gone")) return found;
  throw resourceNotFound(
    `${provider}/flexibleServers/${server.options.name}/migrations/${name}`,
    server.options.resourceGroup,
  );
}

function distortion(migration: Migration, faults: Faults): Distortion {
  migration.looks += 1;
  return {
    ...(faults.isOn("unknown-state") ? { state: "PausedByPlatform" } : {}),
    ...(faults.isOn("progress-backwards") && migration.looks % 2 === 0 ? { fewerTables: 1 } : {}),
  };
}

/** A migration that the portal began, and that nobody here can end. */
function somebodyElses(server: FlexibleServer): unknown {
  const name = "portal-attempt-1";
  return {
    properties: {
      migrationId: "5d0c0ffe-0000-4000-8000-000000000000",
      currentStatus: {
        state: "InProgress",
        currentSubStateDetails: { currentSubState: "MigratingData", dbDetails: {} },
      },
      migrationMode: "Offline",
      migrationOption: "ValidateAndMigrate",
      dbsToMigrate: ["elsewhere"],
      targetDbServerResourceId: server.id,
    },
    location: server.options.locationName,
    id: `${server.id}/migrations/${name}`,
    name,
    type: kind,
  };
}

function create(call: Call, parts: MigrationParts): Answer {
  const server = serverOf(call, parts.servers);
  const name = named(call, "migration");
  if (!validName.test(name))
    throw badRequest("InvalidParameterValue", `The migration name '${name}' is invalid.`);
  const others = ofServer(parts, server);
  if (others.some((migration) => same(migration.name, name))) {
    // Not documented for the live service; a client that looks first never gets here.
    throw new ArmError(
      409,
      "Conflict",
      `A migration with the name '${name}' already exists on the server.`,
    );
  }
  if (parts.faults.isOn("second-active-migration") && others.some(({ active }) => active)) {
    throw new ArmError(
      409,
      "Conflict",
      "Another migration is active on the target server. Only one active migration is allowed.",
    );
  }
  const migration = new Migration(
    server,
    name,
    createdRequest(bodyOf(call, createShape), new Date()),
  );
  parts.migrations.push(migration);
  const body = createdBody(migration);
  parts.begin(migration);
  return ok(body, 201);
}

function refuseCutover(migration: Migration): void {
  if (!migration.active) {
    throw badRequest(
      "603113",
      `603113: Cutover cannot be triggered: the migration is already in the state ${migration.state}.`,
    );
  }
  if (migration.request.properties.migrationMode === "Offline") {
    throw badRequest(
      "603114",
      "603114: Cutover cannot be triggered for a migration in offline mode.",
    );
  }
  if (
    migration.state !== "WaitingForUserAction" ||
    migration.subState !== "WaitingForCutoverTrigger"
  ) {
    throw badRequest(
      "603114",
      `603114: Cutover cannot be triggered while the migration is in the state ${migration.state}/${migration.subState ?? ""}.`,
    );
  }
}

/** Throws when there is nothing left to cancel. */
function requestCancel(migration: Migration): void {
  if (!migration.active) {
    throw badRequest(
      "603113",
      `603113: The migration cannot be canceled: it is already in the state ${migration.state}.`,
    );
  }
  migration.cancelRequested = true;
  migration.move("InProgress", "CancelingRequestedDBMigrations");
  migration.life.abort(new Error("canceled"));
}

function patch(call: Call, parts: MigrationParts): Answer {
  const migration = find(call, parts);
  const body = bodyOf(call, patchShape);
  const cancels = body.properties?.cancel === "True";
  const cutsOver = body.properties?.triggerCutover === "True";
  if (cutsOver) refuseCutover(migration);
  if (!cancels && !cutsOver && !migration.active) {
    throw badRequest(
      "InvalidMigrationState",
      `The migration cannot be updated in the state ${migration.state}.`,
    );
  }
  if (cancels) requestCancel(migration);
  migration.request = patchedRequest(migration.request, body);
  migration.patched.changed();
  return ok(migrationBody(migration, distortion(migration, parts.faults)));
}

function cancel(call: Call, parts: MigrationParts): Answer {
  const migration = find(call, parts);
  requestCancel(migration);
  return ok(migrationBody(migration));
}

function list(call: Call, parts: MigrationParts): Answer {
  const server = serverOf(call, parts.servers);
  // Without a filter the service shows the active ones only.
  const filter = call.query.get("migrationListFilter") ?? "Active";
  if (!["active", "all"].includes(filter.toLowerCase())) {
    throw badRequest(
      "InvalidParameterValue",
      `The filter '${filter}' is invalid. Allowed values: Active, All.`,
    );
  }
  const all = same(filter, "All");
  const known = parts.faults.isOn("migration-gone") ? [] : ofServer(parts, server);
  const shown = known
    .filter(({ active }) => all || active)
    .map((migration) => migrationBody(migration, distortion(migration, parts.faults)));
  if (parts.faults.isOn("second-active-migration")) shown.unshift(somebodyElses(server));
  const from = Number(call.query.get("$skipToken") ?? "0");
  const page = shown.slice(from, from + parts.pageSize);
  const next = new URLSearchParams(call.query);
  next.set("$skipToken", String(from + parts.pageSize));
  return ok({
    value: page,
    ...(from + parts.pageSize < shown.length
      ? { nextLink: `${call.origin}${call.path}?${next.toString()}` }
      : {}),
  });
}

const nameShape = z.looseObject({ name: z.string(), type: z.string() });

function checkName(call: Call, parts: MigrationParts): Answer {
  const server = serverOf(call, parts.servers);
  const { name, type } = bodyOf(call, nameShape);
  if (!validName.test(name) || !same(type, kind)) {
    return ok({
      name,
      type,
      nameAvailable: false,
      reason: "Invalid",
      message: `The name '${name}' is invalid for the type '${type}'.`,
    });
  }
  if (ofServer(parts, server).some((migration) => same(migration.name, name))) {
    return ok({
      name,
      type,
      nameAvailable: false,
      reason: "AlreadyExists",
      message: `The migration name '${name}' is already used.`,
    });
  }
  return ok({ name, type, nameAvailable: true });
}

export function migrationRoutes(parts: MigrationParts): readonly Route[] {
  const path = `${serverPath}/migrations`;
  const look = (call: Call): Answer => {
    const migration = find(call, parts);
    return ok(migrationBody(migration, distortion(migration, parts.faults)));
  };
  return [
    { method: "GET", path, handler: (call) => list(call, parts) },
    { method: "GET", path: `${path}/{migration}`, handler: look },
    { method: "PUT", path: `${path}/{migration}`, handler: (call) => create(call, parts) },
    { method: "PATCH", path: `${path}/{migration}`, handler: (call) => patch(call, parts) },
    { method: "DELETE", path: `${path}/{migration}`, handler: (call) => cancel(call, parts) },
    {
      method: "POST",
      path: `${serverPath}/checkMigrationNameAvailability`,
      handler: (call) => checkName(call, parts),
    },
  ];
}
