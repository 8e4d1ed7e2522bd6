/**
 * Azure's migrations of one server: create once, watch, cut over, cancel. A
 * name stays taken for ever, so it is the proof that a migration was created.
 */
import type {
  Migration as SdkMigration,
  MigrationResourceForPatch,
} from "@azure/arm-postgresql-flexible";
import { ActionError, ProviderError, UnreadableError } from "../../core/errors.ts";
import type { Secret } from "../../core/secret.ts";
import type { Calls, CallOptions } from "./call.ts";
import { type Migration, readMigration, withoutSecrets } from "./migration.ts";
import { orMissing, readPages } from "./shape.ts";

export interface NewMigration {
  /** Lower-case letters and digits, beginning with a letter. */
  readonly name: string;
  /** At most 8 (Azure's documented limit for one migration). */
  readonly databases: readonly string[];
  readonly mode: "Online" | "Offline";
  readonly option: "Validate" | "Migrate" | "ValidateAndMigrate";
  readonly source: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: Secret;
  };
  readonly target: { readonly user: string; readonly password: Secret };
  /** True drops and creates anew a target database that exists. */
  readonly overwrite: boolean;
  /** Of the target server, as Azure says it. */
  readonly location: string;
  /** Default `Digital_Ocean_PostgreSQL`; `OnPremises` is what the documentation shows. */
  readonly sourceType?: string;
  /** Default `Require`: the service takes no CA for the source. */
  readonly sslMode?: "Prefer" | "Require" | "VerifyCA" | "VerifyFull";
  readonly tags?: { readonly [name: string]: string };
}

export interface MigrationPatch {
  /** Every database of the migration, or these. */
  readonly cutover?: "all" | readonly string[];
  readonly overwrite?: true;
  readonly databases?: readonly string[];
  readonly startDataMigration?: true;
  readonly setupLogicalReplication?: true;
  /** Cancels these; Azure leaves it undefined what is then on the target. */
  readonly cancel?: readonly string[];
}

const untouched = "The source is as it was.";

function createBody(migration: NewMigration): SdkMigration {
  const { source, target } = migration;
  return {
    location: migration.location,
    ...(migration.tags === undefined ? {} : { tags: { ...migration.tags } }),
    migrationMode: migration.mode,
    migrationOption: migration.option,
    sourceType: migration.sourceType ?? "Digital_Ocean_PostgreSQL",
    sslMode: migration.sslMode ?? "Require",
    sourceDbServerResourceId: `${source.host}:${source.port}@${source.user}`,
    dbsToMigrate: [...migration.databases],
    overwriteDbsInTarget: migration.overwrite ? "True" : "False",
    secretParameters: {
      adminCredentials: {
        sourceServerPassword: source.password.reveal(),
        targetServerPassword: target.password.reveal(),
      },
      sourceServerUsername: source.user,
      targetServerUsername: target.user,
    },
  };
}

function patchBody(patch: MigrationPatch): MigrationResourceForPatch {
  const { cutover, databases, cancel } = patch;
  return {
    ...(cutover === undefined ? {} : { triggerCutover: "True" }),
    ...(cutover === undefined || cutover === "all" ? {} : { dbsToTriggerCutoverOn: [...cutover] }),
    ...(patch.overwrite === undefined ? {} : { overwriteDbsInTarget: "True" }),
    ...(databases === undefined ? {} : { dbsToMigrate: [...databases] }),
    ...(patch.startDataMigration === undefined ? {} : { startDataMigration: "True" }),
    ...(patch.setupLogicalReplication === undefined
      ? {}
      : { setupLogicalReplicationOnSourceDbIfNeeded: "True" }),
    ...(cancel === undefined ? {} : { cancel: "True", dbsToCancelMigrationOn: [...cancel] }),
  };
}

export class Migrations {
  readonly #calls: Calls;
  readonly #group: string;
  readonly #server: string;

  constructor(calls: Calls) {
    this.#calls = calls;
    this.#group = calls.options.resourceGroup;
    this.#server = calls.options.server;
  }

  /** All of them, finished ones too: Azure's own default shows only the active. */
  async list(options: CallOptions): Promise<Migration[]> {
    const bodies = await this.#calls.read(
      { call: "list migrations" },
      options,
      async (client, operation) => {
        const all = client.migrations.listByTargetServer(this.#group, this.#server, {
          ...operation,
          migrationListFilter: "All",
        });
        for await (const page of all.byPage()) void page;
      },
    );
    return readPages(bodies, "migrations").map((body) => this.#read(body));
  }

  async get(name: string, options: CallOptions): Promise<Migration | undefined> {
    const bodies = await orMissing(
      this.#calls.read({ call: `read migration ${name}` }, options, (client, operation) =>
        client.migrations.get(this.#group, this.#server, name, operation),
      ),
    );
    return bodies === undefined ? undefined : this.#read(bodies.at(-1));
  }

  /** Throws ActionError when the name is taken. What is created says nothing about success yet. */
  async create(migration: NewMigration, options: CallOptions): Promise<Migration> {
    const { name } = migration;
    const taken = await this.get(name, options);
    if (taken !== undefined) {
      throw new ActionError({
        message: `Azure has a migration ${name} already, in state ${taken.state}; it was not created again.`,
        meaning: untouched,
        remedy: "opensauced-migrate run --resume   (goes on with the migration that is there)",
      });
    }
    const where = {
      call: `create migration ${name}`,
      secrets: [migration.source.password, migration.target.password],
      meaning: `${untouched} Whether the migration was created is not known before the next look.`,
    };
    const bodies = await this.#calls.once(where, options, (client, operation) =>
      client.migrations.create(this.#group, this.#server, name, createBody(migration), operation),
    );
    return this.#reread(name, bodies.at(-1), options);
  }

  /** Absent migrations throw ProviderError with status 404. */
  async patch(name: string, patch: MigrationPatch, options: CallOptions): Promise<Migration> {
    const where = {
      call: `${patch.cutover === undefined ? "change" : "trigger the cut-over of"} migration ${name}`,
    };
    const bodies = await this.#calls.once(where, options, (client, operation) =>
      client.migrations.update(this.#group, this.#server, name, patchBody(patch), operation),
    );
    return this.#reread(name, bodies.at(-1), options);
  }

  /** Asks for it; the answer still says `InProgress`. Look until it is `Canceled`. */
  async cancel(name: string, options: CallOptions): Promise<void> {
    await this.#calls.once({ call: `cancel migration ${name}` }, options, (client, operation) =>
      client.migrations.cancel(this.#group, this.#server, name, operation),
    );
  }

  #read(body: unknown): Migration {
    return withoutSecrets(readMigration(body), this.#calls.options.secrets ?? []);
  }

  async #reread(name: string, body: unknown, options: CallOptions): Promise<Migration> {
    try {
      return this.#read(body);
    } catch (error) {
      if (!(error instanceof UnreadableError || error instanceof ProviderError)) throw error;
      const seen = await this.get(name, options);
      if (seen === undefined) throw error;
      return seen;
    }
  }
}
