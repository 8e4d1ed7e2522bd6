/**
 * The values of one server's parameters: Azure's own are kept here, those of
 * PostgreSQL are read from and written to the real server.
 */
import { quoteIdentifier, quoteLiteral } from "../../../core/identifier.ts";
import { badRequest } from "../arm/arm-error.ts";
import {
  type AzureParameter,
  azureParameters,
  isAzuresOwn,
  listParameters,
} from "./azure-parameters.ts";
import type { FlexibleServer } from "./flexible-server.ts";
import { withSession } from "./session.ts";

export interface Configuration {
  readonly name: string;
  readonly value: string;
  readonly defaultValue: string;
  readonly dataType: string;
  readonly allowedValues: string;
  readonly description: string;
  readonly source: "user-override" | "system-default";
  readonly isDynamicConfig: boolean;
  readonly isReadOnly: boolean;
  readonly isConfigPendingRestart: boolean;
  readonly unit?: string;
}

interface Setting {
  readonly name: string;
  readonly setting: string;
  readonly boot: string;
  readonly type: string;
  readonly context: string;
  readonly unit: string | null;
  readonly least: string | null;
  readonly most: string | null;
  readonly choices: string[] | null;
  readonly description: string;
  readonly pending: boolean;
}

// boot_val is NULL where there is none; reset_val would be what ALTER SYSTEM set.
const settings = `SELECT s.name, s.setting, coalesce(s.boot_val, '') AS boot, s.vartype AS type, s.context, s.unit,
    s.min_val AS least, s.max_val AS most, s.enumvals AS choices, s.short_desc AS description, s.pending_restart AS pending
  FROM pg_catalog.pg_settings s ORDER BY s.name`;

const dataTypes: Readonly<Record<string, string>> = {
  bool: "Boolean",
  integer: "Integer",
  real: "Numeric",
  enum: "Enumeration",
};

function allowed(setting: Setting): string {
  if (setting.type === "bool") return "on,off";
  if (setting.choices !== null) return setting.choices.join(",");
  return setting.least === null ? "" : `${setting.least}-${setting.most ?? ""}`;
}

function words(value: string): readonly string[] {
  return value
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

export class ConfigurationStore {
  readonly #server: FlexibleServer;
  readonly #azure = new Map<string, string>();
  /** PostgreSQL's parameters that were set through the API. */
  readonly #overridden = new Map<string, string>();
  readonly #pending = new Set<string>();

  constructor(server: FlexibleServer) {
    this.#server = server;
  }

  /** Values that extensions and libraries are allowed by, lower case. */
  words(
    name: "azure.extensions" | "shared_preload_libraries" | "azure.migration_skip_extensions",
  ): readonly string[] {
    const parameter = azureParameters.find((known) => known.name === name);
    return words((this.#azure.get(name) ?? parameter?.defaultValue ?? "").toLowerCase());
  }

  isOn(name: string): boolean {
    return this.#azure.get(name) === "on";
  }

  /** True while a library was allowed but the server has not been restarted since. */
  awaitsRestart(name: string): boolean {
    return this.#pending.has(name);
  }

  async list(): Promise<readonly Configuration[]> {
    const own = azureParameters.map((parameter) => this.#ofAzure(parameter));
    const names = new Set(own.map(({ name }) => name));
    const rows = await withSession(
      this.#server.superuser,
      "postgres",
      async (client) => (await client.query<Setting>(settings)).rows,
    );
    const real = rows.filter(({ name }) => !names.has(name)).map((row) => this.#ofPostgres(row));
    return [...own, ...real].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Throws ArmError for a value that the service refuses at once. */
  check(configuration: Configuration, value: string): void {
    if (configuration.isReadOnly) {
      throw badRequest(
        "ServerParameterReadOnly",
        `The server parameter '${configuration.name}' is read-only.`,
      );
    }
    if (configuration.dataType !== "Set") return;
    const choices = new Set(words(configuration.allowedValues));
    const refused = words(value).filter((word) => !choices.has(word.toLowerCase()));
    if (refused.length > 0) {
      throw badRequest(
        "InvalidParameterValue",
        `The value: [${value}] of Server Parameter: [${configuration.name}] is invalid: ${refused.join(", ")}. ` +
          `Allowed values: [${configuration.allowedValues}].`,
      );
    }
  }

  async set(configuration: Configuration, value: string): Promise<void> {
    const { name } = configuration;
    const own = azureParameters.find((parameter) => parameter.name === name);
    if (own === undefined) {
      await this.#alterSystem(name, value);
      this.#overridden.set(name, value);
    } else {
      if (name === "shared_preload_libraries") await this.#preload(words(value));
      if (name === "azure.extensions") {
        await this.#server.options.allowExtensions?.(words(value.toLowerCase()));
      }
      this.#azure.set(name, value);
    }
    if (!configuration.isDynamicConfig) this.#pending.add(name);
  }

  restarted(): void {
    this.#pending.clear();
  }

  #ofAzure(parameter: AzureParameter): Configuration {
    const set = this.#azure.get(parameter.name);
    return {
      name: parameter.name,
      value: set ?? parameter.defaultValue,
      defaultValue: parameter.defaultValue,
      dataType: parameter.dataType,
      allowedValues: parameter.allowedValues,
      description: parameter.description,
      source: set === undefined ? "system-default" : "user-override",
      isDynamicConfig: parameter.isDynamic,
      isReadOnly: false,
      isConfigPendingRestart: this.#pending.has(parameter.name),
    };
  }

  #ofPostgres(row: Setting): Configuration {
    const set = this.#overridden.get(row.name);
    return {
      name: row.name,
      value: set ?? row.setting,
      defaultValue: row.boot,
      dataType: dataTypes[row.type] ?? "String",
      allowedValues: allowed(row),
      description: row.description,
      source: set === undefined ? "system-default" : "user-override",
      isDynamicConfig: row.context !== "postmaster",
      isReadOnly: row.context === "internal" || isAzuresOwn(row.name),
      isConfigPendingRestart: row.pending || this.#pending.has(row.name),
      ...(row.unit === null ? {} : { unit: row.unit }),
    };
  }

  async #alterSystem(name: string, value: string): Promise<void> {
    const values = listParameters.includes(name) ? words(value) : [value];
    const literals = values.length === 0 ? "''" : values.map(quoteLiteral).join(", ");
    const parameter = name.split(".").map(quoteIdentifier).join(".");
    try {
      await withSession(this.#server.superuser, "postgres", async (client) => {
        await client.query(`ALTER SYSTEM SET ${parameter} = ${literals}`);
        await client.query("SELECT pg_catalog.pg_reload_conf()");
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw badRequest(
        "InvalidParameterValue",
        `The value: [${value}] of Server Parameter: [${name}] is invalid: ${reason}`,
      );
    }
  }

  /** A library that this machine lacks would keep the real server from starting. */
  async #preload(libraries: readonly string[]): Promise<void> {
    const present: string[] = [];
    await withSession(this.#server.superuser, "postgres", async (client) => {
      for (const library of libraries) {
        const loaded = await client.query(`LOAD ${quoteLiteral(library)}`).then(
          () => true,
          () => false,
        );
        if (loaded) present.push(library);
      }
    });
    await this.#alterSystem("shared_preload_libraries", present.join(","));
  }
}
