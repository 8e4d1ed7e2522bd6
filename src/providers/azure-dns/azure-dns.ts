/**
 * Record sets of one Azure DNS zone: read with etag, write only over what was
 * read. A type change needs a delete and a create, and is not offered.
 */
import type { DnsManagementClient } from "@azure/arm-dns";
import { showDuration } from "../../core/duration.ts";
import { ProviderError, UnreadableError, UsageError } from "../../core/errors.ts";
import type { Secret } from "../../core/secret.ts";
import { azureDnsFailure, lookAgain, meaningOf } from "./failure.ts";
import {
  readRecordSet,
  type RecordSet,
  type RecordSetChange,
  type RecordType,
  writeRecordSet,
} from "./record-set.ts";

export interface AzureDnsOptions {
  /** Default `https://management.azure.com`. */
  readonly endpoint?: string;
  /** PEM; replaces the authorities that Node trusts. */
  readonly ca?: string;
  readonly credential: { readonly token: Secret } | "default";
  readonly subscriptionId: string;
  /** Milliseconds for one HTTP request. */
  readonly requestMs?: number;
  readonly retryDelayMs?: number;
}

export interface RecordSetPlace {
  readonly resourceGroup: string;
  readonly zone: string;
  readonly type: RecordType;
  /** Relative to the zone; `@` is the zone itself. */
  readonly name: string;
}

export interface DnsCallOptions {
  readonly signal: AbortSignal;
  /** Milliseconds, repetitions included. */
  readonly deadlineMs?: number;
}

/** Calls throw ProviderError or UnreadableError, or the signal's reason. */
export interface AzureDns {
  getRecordSet(place: RecordSetPlace, options: DnsCallOptions): Promise<RecordSet | undefined>;
  /** Throws RecordSetChanged when the set is no longer the one with that etag. */
  putRecordSet(
    place: RecordSetPlace,
    change: RecordSetChange,
    etag: string,
    options: DnsCallOptions,
  ): Promise<RecordSet>;
}

type OperationOptions = NonNullable<Parameters<DnsManagementClient["recordSets"]["get"]>[4]>;

const publicEndpoint = "https://management.azure.com";

async function makeClient(options: AzureDnsOptions): Promise<DnsManagementClient> {
  const [{ DnsManagementClient }, { defaultRetryPolicy }] = await Promise.all([
    import("@azure/arm-dns"),
    import("@azure/core-rest-pipeline"),
  ]);
  const { credential } = options;
  const token =
    credential === "default"
      ? new (await import("@azure/identity")).DefaultAzureCredential()
      : {
          getToken: async () => ({
            token: credential.token.reveal(),
            expiresOnTimestamp: Date.now() + 3_600_000,
          }),
        };
  const client = new DnsManagementClient(token, options.subscriptionId, {
    endpoint: options.endpoint ?? publicEndpoint,
    credentialScopes: `${publicEndpoint}/.default`,
    // A write whose answer was lost, sent again, would meet its own new etag
    // and look like somebody else's: it is sent once, and the next look tells.
    retryOptions: { maxRetries: 0 },
    ...(options.ca === undefined ? {} : { tlsOptions: { ca: options.ca } }),
  });
  const repeat = defaultRetryPolicy({
    maxRetries: 3,
    retryDelayInMs: options.retryDelayMs ?? 1000,
    maxRetryDelayInMs: 15_000,
  });
  client.pipeline.addPolicy(
    {
      name: "repeatReads",
      sendRequest: (request, next) =>
        request.method === "GET" ? repeat.sendRequest(request, next) : next(request),
    },
    { phase: "Retry" },
  );
  return client;
}

/** A missing zone or group is a wrong plan; a missing set is just not there yet. */
function isMissingSet(error: unknown): boolean {
  return (
    error instanceof ProviderError &&
    error.status === 404 &&
    /^(?:NotFound|ResourceNotFound)$/.test(error.code ?? "") &&
    !/zones? .*not found|dnsZones\/[^/]+' /i.test(error.message)
  );
}

/** Sends one request and gives the raw body: the SDK's own shape drops what it does not know. */
class Sender {
  readonly #dns: AzureDnsOptions;
  readonly #secrets: readonly Secret[];
  #client: Promise<DnsManagementClient> | undefined;

  constructor(dns: AzureDnsOptions) {
    this.#dns = dns;
    this.#secrets = dns.credential === "default" ? [] : [dns.credential.token];
  }

  async send(
    call: string,
    { signal, deadlineMs = 120_000 }: DnsCallOptions,
    use: (client: DnsManagementClient, operation: OperationOptions) => Promise<unknown>,
  ): Promise<unknown> {
    signal.throwIfAborted();
    const deadline = AbortSignal.timeout(deadlineMs);
    let body: string | null | undefined;
    this.#client ??= makeClient(this.#dns);
    try {
      await use(await this.#client, {
        abortSignal: AbortSignal.any([signal, deadline]),
        requestOptions: { timeout: this.#dns.requestMs ?? 30_000 },
        onResponse: (response) => (body = response.bodyAsText),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!deadline.aborted) throw azureDnsFailure(error, call, this.#secrets);
      throw new ProviderError({
        message: `Azure DNS, ${call}: not finished within ${showDuration(deadlineMs)}.`,
        meaning: meaningOf(call, undefined),
        remedy: lookAgain,
        system: "Azure DNS",
        call,
        code: "TIMEOUT",
        retryable: true,
      });
    }
    try {
      return JSON.parse(body ?? "") as unknown;
    } catch {
      throw new UnreadableError({
        message: `Azure DNS, ${call}: the answer is not JSON.`,
        meaning: meaningOf(call, undefined),
        remedy: `Something between here and Azure may have answered (a proxy, a login page).\n${lookAgain}`,
      });
    }
  }
}

export function createAzureDns(dns: AzureDnsOptions): AzureDns {
  if (dns.endpoint !== undefined && !dns.endpoint.startsWith("https://")) {
    throw new UsageError({
      message: `Azure's endpoint ${dns.endpoint} must be https: no token is sent in the clear.`,
    });
  }
  const sender = new Sender(dns);
  return {
    getRecordSet: async (place, options) => {
      const { resourceGroup, zone, name, type } = place;
      try {
        const body = await sender.send(
          `read ${type} ${name}.${zone}`,
          options,
          (client, operation) => client.recordSets.get(resourceGroup, zone, name, type, operation),
        );
        return readRecordSet(body, type);
      } catch (error) {
        if (isMissingSet(error)) return undefined;
        throw error;
      }
    },
    putRecordSet: async (place, change, etag, options) => {
      const { resourceGroup, zone, name, type } = place;
      const set = writeRecordSet(type, change);
      const body = await sender.send(
        `write ${type} ${name}.${zone}`,
        options,
        (client, operation) =>
          client.recordSets.createOrUpdate(resourceGroup, zone, name, type, set, {
            ...operation,
            ifMatch: etag,
          }),
      );
      return readRecordSet(body, type);
    },
  };
}
