/** The writing client, its tables, and what its record proves. */
export { type Comparison, findMissing } from "./missing.ts";
export { type Entry, readRecord } from "./record.ts";
export { type ClientOptions, startClient, type WritingClient } from "./start.ts";
export { type ClientTables, createClientTables } from "./tables.ts";
export { type CountedError, type Outage, type Phase, splitByPhase } from "./outages.ts";
export { hear, type Taker, type Testimony } from "./witness.ts";
