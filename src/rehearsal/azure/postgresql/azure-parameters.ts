/**
 * Parameters that exist only on Azure, with the lists that PostgreSQL 17
 * servers allow, and those of PostgreSQL that Azure does not let change.
 */

export interface AzureParameter {
  readonly name: string;
  readonly dataType: "Boolean" | "Integer" | "Set" | "String";
  readonly defaultValue: string;
  readonly allowedValues: string;
  readonly isDynamic: boolean;
  readonly description: string;
}

/** Extensions that a PostgreSQL 17 server may allow; the extensions table of June 2026. */
export const allowedExtensions: readonly string[] = (
  "address_standardizer,address_standardizer_data_us,age,amcheck,anon,azure_ai,azure_storage,bloom,btree_gin," +
  "btree_gist,citext,credcheck,cube,dblink,dict_int,dict_xsyn,earthdistance,fuzzystrmatch,hll,hstore,hypopg," +
  "intagg,intarray,ip4r,isn,lo,login_hook,ltree,oracle_fdw,orafce,pageinspect,pgaudit,pg_buffercache,pg_cron," +
  "pgcrypto,pg_diskann,pg_duckdb,pg_freespacemap,pg_hint_plan,pg_ivm,pglogical,pg_partman,pg_prewarm,pg_repack," +
  "pgrouting,pgrowlocks,pg_squeeze,pg_stat_statements,pgstattuple,pg_trgm,pg_visibility,plpgsql,plv8,postgis," +
  "postgis_raster,postgis_sfcgal,postgis_tiger_geocoder,postgis_topology,postgres_fdw,postgres_protobuf,semver," +
  "session_variable,sslinfo,tablefunc,tdigest,tds_fdw,temporal_tables,timescaledb,topn,tsm_system_rows," +
  "tsm_system_time,unaccent,uuid-ossp,vector,wal2json"
).split(",");

/** Libraries that an extension needs loaded at start; the starred ones of the same table. */
export const preloadLibraries: readonly string[] = (
  "age,anon,auto_explain,azure_storage,credcheck,pgaudit,pg_cron,pg_duckdb,pg_hint_plan,pglogical,pg_partman_bgw," +
  "pg_prewarm,pg_squeeze,pg_stat_statements,timescaledb,wal2json"
).split(",");

/** Extensions that cannot be created before their library is loaded. */
export const needsPreload: readonly string[] = [
  "age",
  "anon",
  "pg_cron",
  "pg_duckdb",
  "pglogical",
  "pgaudit",
  "pg_squeeze",
  "pg_stat_statements",
  "timescaledb",
];

function flag(name: string, defaultValue: "on" | "off", description: string): AzureParameter {
  return {
    name,
    dataType: "Boolean",
    defaultValue,
    allowedValues: "on,off",
    isDynamic: true,
    description,
  };
}

export const azureParameters: readonly AzureParameter[] = [
  {
    name: "azure.extensions",
    dataType: "Set",
    defaultValue: "",
    allowedValues: allowedExtensions.join(","),
    isDynamic: true,
    description: "Specifies which extensions are allowed to be created in the server.",
  },
  {
    name: "shared_preload_libraries",
    dataType: "Set",
    defaultValue: "pg_cron,pg_stat_statements",
    allowedValues: preloadLibraries.join(","),
    isDynamic: false,
    description: "Lists shared libraries to preload into server.",
  },
  flag(
    "azure.enable_temp_tablespaces_on_local_ssd",
    "on",
    "Stores temporary objects on the local solid state disk.",
  ),
  flag(
    "azure.migration_copy_with_binary",
    "off",
    "Copies data in the binary format during a migration.",
  ),
  flag("azure.migration_skip_analyze", "off", "Skips the analyze phase of a migration."),
  flag("azure.migration_skip_large_objects", "off", "Skips large objects in a migration."),
  flag("azure.migration_skip_role_user", "off", "Leaves roles out of a migration."),
  {
    name: "azure.migration_skip_extensions",
    dataType: "String",
    defaultValue: "",
    allowedValues: "",
    isDynamic: true,
    description: "Extensions that a migration leaves out.",
  },
  {
    name: "azure.migration_table_split_size",
    dataType: "Integer",
    defaultValue: "20480",
    allowedValues: "1-204800",
    isDynamic: true,
    description: "Size in MB from which a table is copied in parts.",
  },
  flag("require_secure_transport", "on", "Whether client connections must use TLS."),
];

/** Azure sets these itself; changing them would also cut the real server off. */
export function isAzuresOwn(name: string): boolean {
  return (
    /^(ssl|unix_socket|archive_|recovery_|restore_|primary_|krb_|bonjour)/.test(name) ||
    [
      "listen_addresses",
      "port",
      "data_directory",
      "hba_file",
      "ident_file",
      "config_file",
      "external_pid_file",
      "fsync",
      "full_page_writes",
      "superuser_reserved_connections",
    ].includes(name)
  );
}

/** Parameters whose value is a list of quoted names. */
export const listParameters: readonly string[] = [
  "search_path",
  "session_preload_libraries",
  "local_preload_libraries",
  "temp_tablespaces",
  "shared_preload_libraries",
];
