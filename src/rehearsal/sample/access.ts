/**
 * Who owns and may do what in the generated databases, and the settings that
 * hang on databases and roles: all of it is lost by a plain pg_dump.
 */

/** The users that the generated data is made for. Whoever shapes the source creates them. */
export const sampleRoles = {
  admin: "doadmin",
  api: "api_app",
  auth: "auth_app",
  insights: "insights_app",
} as const;

export const apiExtensions = [
  "CREATE EXTENSION pg_trgm SCHEMA public",
  "CREATE EXTENSION pg_stat_statements SCHEMA public",
] as const;

export const insightsExtensions = ["CREATE EXTENSION pg_stat_statements SCHEMA public"] as const;

/** Since 15 nobody but the database's owner may create in `public`. */
export const apiMayCreate = [
  "GRANT CREATE, USAGE ON SCHEMA public TO api_app, auth_app",
  "GRANT CREATE ON DATABASE api TO api_app",
] as const;

export const insightsMayCreate = [
  "GRANT CREATE, USAGE ON SCHEMA public TO insights_app",
  "GRANT CREATE ON DATABASE insights TO insights_app",
] as const;

/** As the owner of each object. */
export const apiGrants = [
  "SET ROLE api_app",
  "GRANT SELECT, REFERENCES (id) ON public.users TO auth_app",
  "GRANT UPDATE (email, settings) ON public.users TO auth_app",
  "GRANT USAGE ON TYPE public.notification_kind TO auth_app",
  "REVOKE EXECUTE ON FUNCTION public.touch_updated_at() FROM PUBLIC",
  "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO auth_app",
  "SET ROLE doadmin",
  "GRANT SELECT, INSERT, UPDATE, DELETE ON public.customers, public.coupons, public.invoices TO api_app",
  "GRANT INSERT, SELECT ON public.audit_log TO api_app",
  "GRANT USAGE ON SEQUENCE public.customers_id_seq, public.audit_log_id_seq TO api_app",
  "SET ROLE api_app",
  "GRANT USAGE ON SEQUENCE public.invoice_number_seq TO doadmin WITH GRANT OPTION",
  "RESET ROLE",
  "ALTER DATABASE api SET timezone TO 'Europe/Berlin'",
  "ALTER DATABASE api SET default_text_search_config TO 'pg_catalog.english'",
  "ALTER ROLE api_app IN DATABASE api SET work_mem TO '16MB'",
  "ALTER ROLE auth_app CONNECTION LIMIT 30",
] as const;

export const insightsGrants = [
  "SET ROLE insights_app",
  "GRANT USAGE ON SCHEMA reports TO api_app",
  "GRANT SELECT ON ALL TABLES IN SCHEMA reports TO api_app",
  "RESET ROLE",
  "REVOKE CONNECT ON DATABASE insights FROM PUBLIC",
  "GRANT CONNECT ON DATABASE insights TO insights_app, api_app",
  "ALTER DATABASE insights SET search_path TO public, reports",
] as const;
