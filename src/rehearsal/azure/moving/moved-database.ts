/**
 * One database of a running migration, from nothing to the end: base copy,
 * following, cutover, and leaving nothing behind on either server.
 */
import type { DatabaseDetail } from "../migrations/migration.ts";
import { copyDatabase } from "./copy.ts";
import { Follower } from "./follow.ts";
import type { Job } from "./job.ts";
import type { ReplicationNames } from "./names.ts";
import { copySequences } from "./sequences.ts";
import { createPublications, createSlot, dropFromSource } from "./source-slot.ts";
import { unsubscribe } from "./subscription.ts";

export class MovedDatabase {
  readonly detail: DatabaseDetail;
  readonly #job: Job;
  readonly #migrationName: string;
  readonly #names: ReplicationNames;
  #follower: Follower | undefined;

  constructor(job: Job, migrationName: string, names: ReplicationNames, detail: DatabaseDetail) {
    this.#job = job;
    this.#migrationName = migrationName;
    this.#names = names;
    this.detail = detail;
  }

  /** The base copy; online, also the start of the replication. `failed` hears of trouble later. */
  async copy(failed: (error: unknown) => void): Promise<void> {
    if (!this.#job.online) {
      await copyDatabase(
        this.#job,
        this.#migrationName,
        this.detail,
        undefined,
        async () => undefined,
      );
      return;
    }
    const { source, signal } = this.#job;
    const { databaseName } = this.detail;
    await createPublications(source, databaseName, this.#names);
    const slot = await createSlot(source, databaseName, this.#names, signal);
    try {
      await copyDatabase(this.#job, this.#migrationName, this.detail, slot.snapshot, slot.release);
    } finally {
      await slot.release();
    }
    this.#follower = new Follower(this.#job, this.#names, this.detail);
    await this.#follower.begin(failed);
    this.detail.migrationState = "WaitingForCutoverTrigger";
  }

  /** Up to what the source had written at the trigger; later writes are lost to the target. */
  async cutOver(): Promise<void> {
    this.detail.migrationState = "InProgress";
    await this.#follower?.catchUp();
    await this.#follower?.end();
    await unsubscribe(this.#job.superuser, this.detail.databaseName, this.#names);
    if (this.#job.online) {
      await copySequences(this.#job.source, this.#job.superuser, this.detail.databaseName);
      await dropFromSource(this.#job.source, this.detail.databaseName, this.#names);
    }
    this.detail.latency = this.#job.online ? 0 : undefined;
    this.detail.migrationState = "Succeeded";
    this.detail.endedOn = new Date();
  }

  /** Safe to repeat and after any failure. */
  async cleanUp(): Promise<void> {
    await this.#follower?.end();
    if (!this.#job.online) return;
    const { superuser, source } = this.#job;
    const { databaseName } = this.detail;
    // Both are tried: one of the servers may be down.
    try {
      await unsubscribe(superuser, databaseName, this.#names);
    } finally {
      await dropFromSource(source, databaseName, this.#names);
    }
  }
}
