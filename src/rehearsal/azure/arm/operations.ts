/**
 * Long-running operations: 202 with Azure-AsyncOperation, Location and
 * Retry-After, then polling. The work goes on whether anybody polls or not.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Faults } from "../faults/faults.ts";
import { ArmError } from "./arm-error.ts";
import { type Answer, type Call, named } from "./call.ts";
import type { Route } from "./router.ts";
import { timestamp } from "./timestamp.ts";

interface Operation {
  readonly id: string;
  readonly startTime: string;
  status: "InProgress" | "Succeeded" | "Failed";
  error: ArmError | undefined;
  result: unknown;
}

export interface OperationsOptions {
  /** Shortest duration of an operation, milliseconds. */
  readonly operationMs: number;
  /** Whole seconds, as the header allows no less. The live service says about 15. */
  readonly retryAfterSeconds: number;
}

/** What an operation does; its value is what the Location link gives at the end. */
export type Work = (signal: AbortSignal) => Promise<unknown>;

const provider = "Microsoft.DBforPostgreSQL";

export class Operations {
  readonly #operations = new Map<string, Operation>();
  readonly #running = new Set<Promise<void>>();
  readonly #end = new AbortController();
  readonly #options: OperationsOptions;
  readonly #faults: Faults;

  constructor(options: OperationsOptions, faults: Faults) {
    this.#options = options;
    this.#faults = faults;
  }

  /** `location` is the display name, which the links carry percent-encoded. */
  start(call: Call, location: string, work: Work): Answer {
    const operation: Operation = {
      id: randomUUID(),
      startTime: timestamp(new Date()),
      status: "InProgress",
      error: undefined,
      result: undefined,
    };
    this.#operations.set(operation.id, operation);
    const running = this.#run(operation, () => {
      if (this.#faults.take("operation-fails", { method: call.method, path: call.path })) {
        throw new ArmError(409, "ServerIsBusy", "Cannot complete operation while server is busy.");
      }
      return work(this.#end.signal);
    });
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
    return { status: 202, headers: this.#links(call, location, operation.id) };
  }

  routes(): readonly Route[] {
    const base = `/subscriptions/{subscription}/providers/${provider}/locations/{location}`;
    return [
      {
        method: "GET",
        path: `${base}/azureAsyncOperation/{id}`,
        handler: (call) => this.#status(call),
      },
      {
        method: "GET",
        path: `${base}/operationResults/{id}`,
        handler: (call) => this.#result(call),
      },
    ];
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Ends what still runs; resolves when nothing does. */
  async close(): Promise<void> {
    this.#end.abort(new Error("the stand-in is closing"));
    await Promise.all(this.#running);
  }

  async #run(operation: Operation, work: () => Promise<unknown>): Promise<void> {
    const { signal } = this.#end;
    try {
      await sleep(this.#options.operationMs, undefined, { signal });
      operation.result = await work();
      operation.status = "Succeeded";
    } catch (error) {
      operation.error =
        error instanceof ArmError
          ? error
          : new ArmError(
              500,
              "InternalServerError",
              error instanceof Error ? error.message : String(error),
            );
      operation.status = "Failed";
    }
  }

  #links(call: Call, location: string, id: string): Record<string, string> {
    const subscription = /\/subscriptions\/([^/]+)/i.exec(call.path)?.[1] ?? "";
    const base = `${call.origin}/subscriptions/${subscription}/providers/${provider}/locations/${encodeURIComponent(location)}`;
    const version = call.query.get("api-version") ?? "";
    // The live links carry some 4 kB of signed parameters that must be sent back as they are.
    const query = `api-version=${version}&t=639${id.slice(0, 8)}&c=MII${"a".repeat(64)}&s=${id}&h=stand-in`;
    return {
      "Azure-AsyncOperation": `${base}/azureAsyncOperation/${id}?${query}`,
      Location: `${base}/operationResults/${id}?${query}`,
      "Retry-After": String(this.#options.retryAfterSeconds),
    };
  }

  #find(call: Call): Operation {
    const operation = this.#operations.get(named(call, "id"));
    if (operation !== undefined) return operation;
    throw new ArmError(
      404,
      "OperationNotFound",
      `The operation '${named(call, "id")}' was not found.`,
    );
  }

  #status(call: Call): Answer {
    const { id, status: actual, startTime, error } = this.#find(call);
    const strange = this.#faults.take("operation-unknown-state", { path: call.path });
    const status = strange ? "Deferred" : actual;
    const failure = error === undefined ? {} : error.body;
    const headers = { "Retry-After": String(this.#options.retryAfterSeconds) };
    return { status: 200, headers, body: { name: id, status, startTime, ...failure } };
  }

  #result(call: Call): Answer {
    const { status, error, result } = this.#find(call);
    if (status === "InProgress") {
      const headers = {
        Location: `${call.origin}${call.path}?${call.query.toString()}`,
        "Retry-After": String(this.#options.retryAfterSeconds),
      };
      return { status: 202, headers };
    }
    if (error !== undefined) throw error;
    return result === undefined ? { status: 204 } : { status: 200, body: result };
  }
}
