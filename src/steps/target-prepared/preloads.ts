/**
 * Extensions that only work when their library is loaded at the server's
 * start, on Azure's flexible server (Microsoft's extension tables for
 * PostgreSQL 17, June 2026).
 */
const libraries: { readonly [extension: string]: string | undefined } = {
  age: "age",
  anon: "anon",
  azure_storage: "azure_storage",
  credcheck: "credcheck",
  pg_cron: "pg_cron",
  pg_duckdb: "pg_duckdb",
  pg_hint_plan: "pg_hint_plan",
  pg_ivm: "pg_ivm",
  pg_partman: "pg_partman_bgw",
  pg_prewarm: "pg_prewarm",
  pg_squeeze: "pg_squeeze",
  pg_stat_statements: "pg_stat_statements",
  pgaudit: "pgaudit",
  pglogical: "pglogical",
  timescaledb: "timescaledb",
};

export function preloadsOf(extensions: readonly string[]): string[] {
  return extensions.flatMap((extension) => libraries[extension] ?? []);
}
