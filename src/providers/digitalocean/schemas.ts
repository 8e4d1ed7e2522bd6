/**
 * What this tool needs of DigitalOcean's answers, and nothing more: unknown
 * fields pass, missing ones that are needed do not. Passwords are made Secret
 * while they are read.
 */
import { z } from "zod";
import { Secret } from "../../core/secret.ts";

const secret = z.string().transform((value) => new Secret(value));

/** Every field is absent for a cluster that is still being created; the login without view_credentials. */
const connection = z.object({
  uri: z.string().optional(),
  host: z.string().optional(),
  port: z.number().int().optional(),
  database: z.string().optional(),
  user: z.string().optional(),
  password: secret.optional(),
});
export type RawConnection = z.infer<typeof connection>;

const rule = z.object({
  uuid: z.string().optional(),
  type: z.string(),
  value: z.string(),
  description: z.string().optional(),
});

const cluster = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  engine: z.string(),
  version: z.string().optional(),
  status: z.string(),
  region: z.string().optional(),
  size: z.string().optional(),
  num_nodes: z.number().optional(),
  storage_size_mib: z.number().optional(),
  db_names: z.array(z.string()).nullish(),
  connection: connection.nullish(),
  private_connection: connection.nullish(),
  maintenance_window: z
    .object({
      day: z.string().optional(),
      hour: z.string().optional(),
      pending: z.boolean().optional(),
      description: z.array(z.string()).nullish(),
    })
    .nullish(),
  do_settings: z.object({ service_cnames: z.array(z.string()).nullish() }).nullish(),
});
export type RawCluster = z.infer<typeof cluster>;

export const oneCluster = z.object({ database: cluster });
export const allClusters = z.object({ databases: z.array(cluster).nullable() });
export const certificate = z.object({ ca: z.object({ certificate: z.string().min(1) }) });
export const backupList = z.object({
  backups: z.array(
    z.object({
      created_at: z.iso.datetime({ offset: true }),
      size_gigabytes: z.number(),
      incremental: z.boolean().optional(),
    }),
  ),
  // A text, and only there while a backup runs.
  backup_progress: z.string().optional(),
});
export const ruleList = z.object({ rules: z.array(rule).nullable() });
export const eventList = z.object({
  events: z
    .array(z.object({ id: z.string(), event_type: z.string(), create_time: z.string() }))
    .nullable(),
});
export const settings = z.object({ config: z.record(z.string(), z.unknown()) });
export const userList = z.object({
  users: z
    .array(z.object({ name: z.string(), role: z.string().optional(), password: secret.optional() }))
    .nullable(),
});

export const domain = z.object({
  domain: z.object({
    name: z.string(),
    ttl: z.number().nullish(),
    zone_file: z.string().nullish(),
  }),
});
const record = z.object({
  id: z.number().int(),
  type: z.string(),
  name: z.string(),
  data: z.string(),
  ttl: z.number().int(),
  priority: z.number().nullish(),
});
export type RawRecord = z.infer<typeof record>;
export const oneRecord = z.object({ domain_record: record });
export const recordPage = z.object({
  domain_records: z.array(record),
  links: z.object({ pages: z.object({ next: z.string().optional() }).optional() }).nullish(),
  meta: z.object({ total: z.number().int() }),
});
