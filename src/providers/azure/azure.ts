/**
 * One Flexible Server and its migrations through Azure Resource Manager. Every
 * call takes a signal and has a deadline; every answer is our own shape.
 */
import { Calls, type CallOptions } from "./call.ts";
import { type AzureOptions, checkOptions } from "./client.ts";
import { type Migration } from "./migration.ts";
import { type MigrationPatch, Migrations, type NewMigration } from "./migrations.ts";
import {
  type AzureDatabase,
  type Backup,
  type Configuration,
  type FirewallRule,
  readBackup,
  readConfiguration,
  readDatabase,
  readFirewallRule,
  readServer,
  type ServerFacts,
} from "./server.ts";
import { orMissing, readPages } from "./shape.ts";

/** Calls throw ProviderError or UnreadableError, or the signal's reason. */
export interface AzureServer {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly server: string;
  getServer(options: CallOptions): Promise<ServerFacts>;
  /** Waits until the server has restarted. */
  restartServer(options: CallOptions): Promise<void>;
  getConfiguration(name: string, options: CallOptions): Promise<Configuration | undefined>;
  listConfigurations(options: CallOptions): Promise<readonly Configuration[]>;
  /** Waits for the change, and gives the parameter as it then reads. */
  putConfiguration(
    name: string,
    value: string,
    options: CallOptions,
  ): Promise<Configuration | undefined>;
  listFirewallRules(options: CallOptions): Promise<readonly FirewallRule[]>;
  putFirewallRule(rule: FirewallRule, options: CallOptions): Promise<void>;
  deleteFirewallRule(name: string, options: CallOptions): Promise<void>;
  listDatabases(options: CallOptions): Promise<readonly AzureDatabase[]>;
  createDatabase(
    database: { readonly name: string; readonly charset?: string; readonly collation?: string },
    options: CallOptions,
  ): Promise<void>;
  /** Finished ones too. */
  listMigrations(options: CallOptions): Promise<readonly Migration[]>;
  getMigration(name: string, options: CallOptions): Promise<Migration | undefined>;
  /** Throws ActionError when the name is taken. */
  createMigration(migration: NewMigration, options: CallOptions): Promise<Migration>;
  patchMigration(name: string, patch: MigrationPatch, options: CallOptions): Promise<Migration>;
  cancelMigration(name: string, options: CallOptions): Promise<void>;
  getBackup(name: string, options: CallOptions): Promise<Backup | undefined>;
  listBackups(options: CallOptions): Promise<readonly Backup[]>;
  /** Waits for it. Azure answers 500 when the name is taken or another backup runs: look first. */
  createBackup(name: string, options: CallOptions): Promise<void>;
}

export function createAzureServer(azure: AzureOptions): AzureServer {
  checkOptions(azure);
  const { resourceGroup: group, server, subscriptionId } = azure;
  const calls = new Calls(azure);
  const migrations = new Migrations(calls);
  return {
    subscriptionId,
    resourceGroup: group,
    server,
    ...serverCalls(calls, group, server),
    ...configurationCalls(calls, group, server),
    ...firewallCalls(calls, group, server),
    ...databaseCalls(calls, group, server),
    ...backupCalls(calls, group, server),
    listMigrations: (options) => migrations.list(options),
    getMigration: (name, options) => migrations.get(name, options),
    createMigration: (migration, options) => migrations.create(migration, options),
    patchMigration: (name, patch, options) => migrations.patch(name, patch, options),
    cancelMigration: (name, options) => migrations.cancel(name, options),
  };
}

function serverCalls(calls: Calls, group: string, server: string) {
  return {
    getServer: async (options: CallOptions) => {
      const bodies = await calls.read(
        { call: `read server ${server}` },
        options,
        (client, operation) => client.servers.get(group, server, operation),
      );
      return readServer(bodies.at(-1));
    },
    restartServer: (options: CallOptions) =>
      calls.finish(
        {
          call: `restart server ${server}`,
          meaning: "Whether the server has restarted is not known.",
          sentOnce: true,
        },
        options,
        (client, operation) => client.servers.beginRestart(group, server, operation),
      ),
  };
}

function configurationCalls(calls: Calls, group: string, server: string) {
  const getConfiguration = async (name: string, options: CallOptions) => {
    const bodies = await orMissing(
      calls.read({ call: `read parameter ${name}` }, options, (client, operation) =>
        client.configurations.get(group, server, name, operation),
      ),
    );
    return bodies === undefined ? undefined : readConfiguration(bodies.at(-1));
  };
  return {
    getConfiguration,
    listConfigurations: async (options: CallOptions) => {
      const bodies = await calls.read(
        { call: "list parameters" },
        options,
        async (client, operation) => {
          for await (const page of client.configurations
            .listByServer(group, server, operation)
            .byPage())
            void page;
        },
      );
      return readPages(bodies, "parameters").map(readConfiguration);
    },
    putConfiguration: async (name: string, value: string, options: CallOptions) => {
      await calls.finish({ call: `set parameter ${name}` }, options, (client, operation) =>
        client.configurations.beginPut(
          group,
          server,
          name,
          { value, source: "user-override" },
          operation,
        ),
      );
      return getConfiguration(name, options);
    },
  };
}

function firewallCalls(calls: Calls, group: string, server: string) {
  return {
    listFirewallRules: async (options: CallOptions) => {
      const bodies = await calls.read(
        { call: "list firewall rules" },
        options,
        async (client, operation) => {
          for await (const page of client.firewallRules
            .listByServer(group, server, operation)
            .byPage())
            void page;
        },
      );
      return readPages(bodies, "firewall rules").map(readFirewallRule);
    },
    putFirewallRule: ({ name, first, last }: FirewallRule, options: CallOptions) =>
      calls.finish({ call: `set firewall rule ${name}` }, options, (client, operation) =>
        client.firewallRules.beginCreateOrUpdate(
          group,
          server,
          name,
          { startIpAddress: first, endIpAddress: last },
          operation,
        ),
      ),
    deleteFirewallRule: (name: string, options: CallOptions) =>
      calls.finish({ call: `delete firewall rule ${name}` }, options, (client, operation) =>
        client.firewallRules.beginDelete(group, server, name, operation),
      ),
  };
}

function databaseCalls(calls: Calls, group: string, server: string) {
  return {
    listDatabases: async (options: CallOptions) => {
      const bodies = await calls.read(
        { call: "list databases" },
        options,
        async (client, operation) => {
          for await (const page of client.databases.listByServer(group, server, operation).byPage())
            void page;
        },
      );
      return readPages(bodies, "databases").map(readDatabase);
    },
    createDatabase: (
      database: { readonly name: string; readonly charset?: string; readonly collation?: string },
      options: CallOptions,
    ) => {
      const { name, ...properties } = database;
      return calls.finish(
        { call: `create database ${name}`, sentOnce: true },
        options,
        (client, operation) =>
          client.databases.beginCreate(group, server, name, properties, operation),
      );
    },
  };
}

function backupCalls(calls: Calls, group: string, server: string) {
  return {
    getBackup: async (name: string, options: CallOptions) => {
      const bodies = await orMissing(
        calls.read({ call: `read backup ${name}` }, options, (client, operation) =>
          client.backupsAutomaticAndOnDemand.get(group, server, name, operation),
        ),
      );
      return bodies === undefined ? undefined : readBackup(bodies.at(-1));
    },
    listBackups: async (options: CallOptions) => {
      const bodies = await calls.read(
        { call: "list backups" },
        options,
        async (client, operation) => {
          for await (const page of client.backupsAutomaticAndOnDemand
            .listByServer(group, server, operation)
            .byPage())
            void page;
        },
      );
      return readPages(bodies, "backups").map(readBackup);
    },
    createBackup: (name: string, options: CallOptions) =>
      calls.finish(
        { call: `create backup ${name}`, deadlineMs: 60 * 60_000, sentOnce: true },
        options,
        (client, operation) =>
          client.backupsAutomaticAndOnDemand.beginCreate(group, server, name, operation),
      ),
  };
}
