/**
 * Asking one server, with a bounded number of tries in a bounded time. A
 * server that does not answer is an UnreadableError, never an empty success.
 */
import { type MigrationError, UnreadableError } from "../../core/errors.ts";
import { exchange } from "./exchange.ts";
import { canonicalName } from "../../core/dns-name.ts";
import { type DnsRecord, toRecords } from "./record.ts";
import { type DnsServer, showDnsServer } from "./server.ts";

export interface DnsQuery {
  readonly server: DnsServer;
  /** Absolute, with or without the final dot. */
  readonly name: string;
  readonly type: string;
  /** True for a resolver (RD=1), false for an authoritative server. */
  readonly recursive: boolean;
  /** For all tries together. Default 6000. */
  readonly timeoutMs?: number;
  /** Default 3. */
  readonly tries?: number;
  readonly signal: AbortSignal;
}

export interface DnsAnswer {
  readonly server: DnsServer;
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`, ... */
  readonly rcode: string;
  /** AA: the server speaks for the zone, not from a cache. */
  readonly authoritative: boolean;
  readonly recursionAvailable: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
  readonly transport: "udp" | "tcp";
}

function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return "no answer";
  const { code } = error as { code?: unknown };
  if (code === "ECONNREFUSED") return "nothing listens there";
  return error instanceof Error ? error.message : String(error);
}

function unanswered(
  query: DnsQuery,
  reasons: readonly string[],
  timeoutMs: number,
): MigrationError {
  const why = [...new Set(reasons)].join("; ");
  return new UnreadableError({
    message: `Could not check ${query.type} ${canonicalName(query.name)} at ${showDnsServer(query.server)}: ${why} (${reasons.length} tries in ${timeoutMs} ms).`,
    meaning: "What this server serves is not known.",
    remedy: "Check that this machine may send DNS (UDP and TCP) to that server, then look again.",
  });
}

/**
 * The rcode is part of the answer: SERVFAIL and NXDOMAIN do not throw. Throws
 * UnreadableError when no try was answered; the signal's reason when it fires.
 */
export async function query(asked: DnsQuery): Promise<DnsAnswer> {
  const { server, signal, timeoutMs = 6000, tries = 3 } = asked;
  const question = {
    name: canonicalName(asked.name),
    type: asked.type,
    recursive: asked.recursive,
  };
  // Whole milliseconds: AbortSignal.timeout takes no others.
  const tryMs = Math.ceil(timeoutMs / tries);
  const reasons: string[] = [];
  for (let attempt = 0; attempt < tries; attempt += 1) {
    signal.throwIfAborted();
    const patience = AbortSignal.any([signal, AbortSignal.timeout(tryMs)]);
    try {
      const { packet, transport } = await exchange(server, question, patience);
      return {
        server,
        rcode: (packet as { rcode?: string }).rcode ?? "UNKNOWN",
        authoritative: packet.flag_aa,
        recursionAvailable: packet.flag_ra,
        answers: toRecords(packet.answers ?? []),
        authorities: toRecords(packet.authorities ?? []),
        additionals: toRecords(packet.additionals ?? []),
        transport,
      };
    } catch (error) {
      signal.throwIfAborted();
      reasons.push(reasonOf(error));
    }
  }
  throw unanswered(asked, reasons, timeoutMs);
}
