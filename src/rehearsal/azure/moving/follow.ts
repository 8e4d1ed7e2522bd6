/**
 * The online phase of one database: keeps the figures of its detail true
 * until it is ended, reconnects when a session is cut, and ends the
 * replication at the cutover. Ends with MigrationFailure when applying fails.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { DatabaseDetail } from "../migrations/migration.ts";
import { endSession, openSession, withSession } from "../postgresql/session.ts";
import { type Job, MigrationFailure } from "./job.ts";
import { type Lag, lagSeconds, noLag, observeLag } from "./lag.ts";
import type { ReplicationNames } from "./names.ts";
import { nudge, parseLsn, readPositions } from "./source-slot.ts";
import {
  type AppliedChanges,
  countChanges,
  countErrors,
  setEnabled,
  subscribe,
} from "./subscription.ts";

interface Sessions {
  readonly source: pg.Client;
  readonly target: pg.Client;
}

const patienceMs = 60_000;
const toleratedErrors = 3;
const queryMs = 5000;

export class Follower {
  readonly #job: Job;
  readonly #names: ReplicationNames;
  readonly #detail: DatabaseDetail;
  readonly #ended = new AbortController();
  #lag: Lag = noLag;
  #confirmed: bigint | undefined;
  #baseline: AppliedChanges = { inserts: 0, updates: 0, deletes: 0 };
  #incomingBaseline = 0;
  #stalledMs: number | undefined;
  #errors = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(job: Job, names: ReplicationNames, detail: DatabaseDetail) {
    this.#job = job;
    this.#names = names;
    this.#detail = detail;
  }

  /** Resolves when the subscription exists. `failed` is told once if applying fails. */
  async begin(failed: (error: unknown) => void): Promise<void> {
    const { superuser, source, signal } = this.#job;
    const database = this.#detail.databaseName;
    await this.#settle();
    this.#baseline = await withSession(superuser, database, countChanges, { signal });
    const incoming = await withSession(source, database, countChanges, { signal });
    this.#incomingBaseline = incoming.inserts + incoming.updates + incoming.deletes;
    await subscribe(this.#job, database, this.#names);
    this.#detail.latency = 0;
    this.#running = this.#follow().catch((error: unknown) => {
      if (!this.#ended.signal.aborted && !signal.aborted) failed(error);
    });
  }

  /** Resolves when everything that the source had written at the call is on the target. */
  async catchUp(): Promise<void> {
    const { source, signal, parts } = this.#job;
    const end = await withSession(source, this.#detail.databaseName, async (client) => {
      const { rows } = await client.query<{ lsn: string }>(
        "SELECT pg_catalog.pg_current_wal_flush_lsn()::text AS lsn",
      );
      return parseLsn(rows[0]?.lsn ?? "0/0");
    });
    let nudged = 0;
    while ((this.#confirmed ?? 0n) < end) {
      if (Date.now() - nudged > 1000) {
        nudged = Date.now();
        await withSession(source, this.#detail.databaseName, nudge).catch(() => undefined);
      }
      await sleep(Math.min(parts.timings.sampleMs, 100), undefined, { signal });
    }
  }

  /** Ends the sampling, not the subscription. */
  async end(): Promise<void> {
    this.#ended.abort(new Error("the online phase is over"));
    await this.#running;
  }

  /** The restore's sessions report their rows to the statistics when they end, a moment after their client. */
  async #settle(): Promise<void> {
    const { superuser, signal, parts } = this.#job;
    await withSession(superuser, this.#detail.databaseName, async (client) => {
      const deadline = Date.now() + 3000;
      while (Date.now() < deadline) {
        const others = await client.query(
          "SELECT FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid() AND application_name = 'azure-migration-service'",
        );
        if (others.rowCount === 0) return;
        await sleep(parts.timings.sampleMs / 5, undefined, { signal });
      }
    });
  }

  async #follow(): Promise<void> {
    const signal = AbortSignal.any([this.#ended.signal, this.#job.signal]);
    let sessions: Sessions | undefined;
    let readMs = Date.now();
    try {
      for (;;) {
        signal.throwIfAborted();
        try {
          sessions ??= await this.#open(signal);
          await this.#sample(sessions);
          readMs = Date.now();
        } catch (error) {
          if (error instanceof MigrationFailure || Date.now() - readMs > patienceMs) throw error;
          await this.#close(sessions);
          sessions = undefined;
          // What cannot be read is at least this far behind.
          this.#detail.latency = Math.max(
            this.#detail.latency ?? 0,
            Math.floor((Date.now() - readMs) / 1000),
          );
        }
        await sleep(this.#job.parts.timings.sampleMs, undefined, { signal });
      }
    } finally {
      await this.#close(sessions);
    }
  }

  async #open(signal: AbortSignal): Promise<Sessions> {
    const database = this.#detail.databaseName;
    const source = await openSession(this.#job.source, database, { signal, queryMs });
    try {
      return {
        source,
        target: await openSession(this.#job.superuser, database, { signal, queryMs }),
      };
    } catch (error) {
      await endSession(source);
      throw error;
    }
  }

  async #close(sessions: Sessions | undefined): Promise<void> {
    if (sessions === undefined) return;
    await Promise.all([endSession(sessions.source), endSession(sessions.target)]);
  }

  async #sample({ source, target }: Sessions): Promise<void> {
    const detail = this.#detail;
    const now = Date.now();
    await this.#stall(target, now);
    const positions = await readPositions(source, this.#names);
    this.#confirmed = positions.confirmed;
    this.#lag = observeLag(this.#lag, positions, now);
    const stalled =
      this.#stalledMs === undefined ? 0 : 1 + Math.floor((now - this.#stalledMs) / 1000);
    detail.latency = Math.max(lagSeconds(this.#lag, now), stalled);
    const changes = await countChanges(target);
    detail.cdcInsertCounter = changes.inserts - this.#baseline.inserts;
    detail.cdcUpdateCounter = changes.updates - this.#baseline.updates;
    detail.cdcDeleteCounter = changes.deletes - this.#baseline.deletes;
    detail.appliedChanges =
      detail.cdcInsertCounter + detail.cdcUpdateCounter + detail.cdcDeleteCounter;
    const incoming = await countChanges(source);
    detail.incomingChanges = Math.max(
      detail.appliedChanges,
      incoming.inserts + incoming.updates + incoming.deletes - this.#incomingBaseline,
    );
    await this.#watchErrors(target);
  }

  async #watchErrors(target: pg.Client): Promise<void> {
    const errors = await countErrors(target, this.#names);
    if (errors > this.#errors)
      this.#detail.message = "Applying changes on the target failed; trying again.";
    this.#errors = errors;
    if (errors >= toleratedErrors) {
      throw new MigrationFailure(
        `${this.#detail.databaseName}: CL003: Applying changes on the target failed ${errors} times.`,
      );
    }
  }

  /** The fault really stops the replication: rows stay behind as well as the figure. */
  async #stall(target: pg.Client, now: number): Promise<void> {
    const wanted = this.#job.parts.faults.isOn("latency-never-zero", {
      path: this.#detail.databaseName,
    });
    if (wanted === (this.#stalledMs !== undefined)) return;
    await setEnabled(target, this.#names, !wanted);
    this.#stalledMs = wanted ? now : undefined;
  }
}
