/**
 * Makes the SDK's client: endpoint, CA, credential, bounded retries. The heavy
 * packages are loaded here, when the first call is made, and nowhere else.
 */
import type { PostgreSQLManagementFlexibleServerClient } from "@azure/arm-postgresql-flexible";
import { UsageError } from "../../core/errors.ts";
import type { Secret } from "../../core/secret.ts";

export interface AzureOptions {
  /** Default `https://management.azure.com`. */
  readonly endpoint?: string;
  /** PEM; replaces the authorities that Node trusts. */
  readonly ca?: string;
  /** `default`: whatever @azure/identity finds on this machine. */
  readonly credential: { readonly token: Secret } | "default";
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly server: string;
  /**
   * What its messages may repeat: the service is given both passwords once,
   * and tells of failures that it met with them days later.
   */
  readonly secrets?: readonly Secret[];
  /** Milliseconds for one HTTP request. */
  readonly requestMs?: number;
  /** Milliseconds between looks at a long-running operation, where Azure does not say. */
  readonly pollMs?: number;
  /** Milliseconds before the first repetition of a read. */
  readonly retryDelayMs?: number;
}

export type Client = PostgreSQLManagementFlexibleServerClient;

export interface Clients {
  /** Repeats on 408, 429 and 5xx: for reads, and writes that say the whole state. */
  readonly repeating: Client;
  /** Sends a change once, as one that failed may have happened; repeats what only reads. */
  readonly once: Client;
}

const publicEndpoint = "https://management.azure.com";

async function tokenCredential(credential: AzureOptions["credential"]) {
  if (credential === "default") {
    const { DefaultAzureCredential } = await import("@azure/identity");
    return new DefaultAzureCredential();
  }
  const { token } = credential;
  // The token's own end is not known here; Azure answers 401 when it has come.
  return {
    getToken: async () => ({ token: token.reveal(), expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
}

export function checkOptions(options: AzureOptions): void {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(options.subscriptionId)) {
    throw new UsageError({
      message: `"${options.subscriptionId}" is not a subscription id, which is a UUID.`,
      remedy: "az account show --query id -o tsv",
    });
  }
  if (options.endpoint !== undefined && !options.endpoint.startsWith("https://")) {
    throw new UsageError({
      message: `Azure's endpoint ${options.endpoint} must be https: no token is sent in the clear.`,
    });
  }
}

export async function makeClients(options: AzureOptions): Promise<Clients> {
  const [{ PostgreSQLManagementFlexibleServerClient }, { defaultRetryPolicy }, credential] =
    await Promise.all([
      import("@azure/arm-postgresql-flexible"),
      import("@azure/core-rest-pipeline"),
      tokenCredential(options.credential),
    ]);
  const retries = {
    maxRetries: 3,
    retryDelayInMs: options.retryDelayMs ?? 1000,
    maxRetryDelayInMs: 15_000,
  };
  const make = (retryOptions: Partial<typeof retries>): Client =>
    new PostgreSQLManagementFlexibleServerClient(credential, options.subscriptionId, {
      endpoint: options.endpoint ?? publicEndpoint,
      // Made from the endpoint otherwise, and no credential knows a scope of the local cloud.
      credentialScopes: `${publicEndpoint}/.default`,
      retryOptions,
      userAgentOptions: { userAgentPrefix: "opensauced-migrate" },
      ...(options.ca === undefined ? {} : { tlsOptions: { ca: options.ca } }),
    });
  const once = make({ maxRetries: 0 });
  const repeat = defaultRetryPolicy(retries);
  once.pipeline.addPolicy(
    {
      name: "repeatReads",
      sendRequest: (request, next) =>
        request.method === "GET" ? repeat.sendRequest(request, next) : next(request),
    },
    { phase: "Retry" },
  );
  return { repeating: make(retries), once };
}
