/**
 * The entries of a run's journal, format 1. An entry is only ever added; old
 * journals must stay readable, so fields are added, never renamed.
 */
import { z } from "zod";
import type { Json } from "../json.ts";

export const journalFormat = 1;

const json: z.ZodType<Json> = z.json();

const action = z.object({
  id: z.string(),
  summary: z.string(),
  touches: z.enum([
    "source",
    "target",
    "Azure",
    "DigitalOcean",
    "DNS",
    "Pulumi",
    "files",
    "journal",
  ]),
  data: json.optional(),
  crossesPointOfNoReturn: z.literal(true).optional(),
  keepsProofs: z.literal(true).optional(),
  beginsOutage: z.literal(true).optional(),
});

/** Which servers the run belongs to, as PostgreSQL itself says it: host names lie. */
export const identities = z.object({
  source: z.object({
    /** `pg_control_system().system_identifier`, a 64-bit number as text. */
    systemIdentifier: z.string(),
    /** Database name to `pg_database.oid`. */
    databases: z.record(z.string(), z.string()),
  }),
  /** No database oids: the service drops and creates the databases of the target. */
  target: z.object({ systemIdentifier: z.string() }),
});

export type Identities = z.infer<typeof identities>;

/**
 * Where the source answered, so that a thaw need not ask a cloud's API that may
 * be down. A host name lies: the identity is checked all the same.
 */
const place = z.object({
  host: z.string(),
  port: z.number().int(),
  /** PEM. */
  ca: z.string().optional(),
});

export type KnownPlace = z.infer<typeof place>;

const finding = z.object({
  code: z.string(),
  severity: z.enum(["blocks", "warns", "unknown"]),
  message: z.string(),
  objects: z.array(z.string()).optional(),
  remedy: z.string().optional(),
});

export type KeptFinding = z.infer<typeof finding>;

const bodies = [
  z.object({
    type: z.literal("opened"),
    format: z.number().int(),
    tool: z.string(),
    run: z.string(),
    plan: z.object({ name: z.string(), digest: z.string(), document: json }),
    identities,
    sourcePlace: place.optional(),
  }),
  z.object({
    type: z.literal("resumed"),
    tool: z.string(),
    host: z.string(),
    pid: z.number(),
    /** Where it is another one by now, or was not known yet. */
    sourcePlace: place.optional(),
  }),
  z.object({ type: z.literal("action-began"), step: z.string(), action }),
  z.object({ type: z.literal("action-ended"), step: z.string(), action: z.string() }),
  z.object({
    type: z.literal("action-failed"),
    step: z.string(),
    action: z.string(),
    error: z.string(),
  }),
  z.object({ type: z.literal("note"), step: z.string(), name: z.string(), value: json }),
  z.object({ type: z.literal("satisfied"), step: z.string(), because: z.string() }),
  z.object({
    type: z.literal("approved"),
    step: z.string(),
    who: z.string(),
    how: z.string(),
  }),
  z.object({ type: z.literal("point-of-no-return"), step: z.string(), action: z.string() }),
  /** `forgets`: the steps whose proof no longer stands, and the gate whose yes allowed this one. */
  z.object({
    type: z.literal("undone"),
    step: z.string(),
    because: z.string(),
    forgets: z.array(z.string()),
  }),
  z.object({
    type: z.literal("stopped"),
    ending: z.enum(["failed", "blocked", "could-not-check", "at-gate", "until", "interrupted"]),
    step: z.string().optional(),
    message: z.string(),
    remedy: z.string().optional(),
    /** Those that stood in the way. */
    findings: z.array(finding).optional(),
  }),
  z.object({ type: z.literal("finished") }),
  /** Every step that this run had changed is undone; the run is over. */
  z.object({ type: z.literal("withdrawn") }),
] as const;

export const entryBody = z.discriminatedUnion("type", bodies);

export type EntryBody = z.infer<typeof entryBody>;

/** `at`: ISO 8601 by the tool's clock; order is by `seq`, never by time. */
export type Entry = EntryBody & { readonly seq: number; readonly at: string };
