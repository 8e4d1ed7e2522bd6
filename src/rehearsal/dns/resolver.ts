/**
 * A caching resolver: asks the authoritative servers of the zones it knows,
 * follows aliases from one zone into another, and remembers by TTL. It knows
 * no root: other names are SERVFAIL, as for a resolver without a way out.
 */
import type { Answer, Packet } from "dns-packet";
import { canonicalName, isWithin } from "../../core/dns-name.ts";
import { type DnsServer, exchange } from "../../providers/dns/index.ts";
import { FaultSwitch } from "../fault-switch.ts";
import { type AskedQuestion, asQuestion } from "./authoritative.ts";
import { Cache, type Clock, type Remembered } from "./cache.ts";
import { type ResolverFault, resolverFaults } from "./faults.ts";
import { type Asked, listen, truncated } from "./listener.ts";
import { type Rcode, reply } from "./reply.ts";

export interface ResolverOptions {
  /** The servers of each zone; asked in this order until one answers. */
  readonly zones: readonly { readonly origin: string; readonly servers: readonly DnsServer[] }[];
  /** Default Date.now. */
  readonly now?: Clock;
  /** For each upstream server. Default 1000. */
  readonly upstreamTimeoutMs?: number;
  /** A free one unless given. */
  readonly port?: number;
}

export interface Resolver {
  readonly server: DnsServer;
  readonly faults: FaultSwitch<ResolverFault>;
  readonly questions: readonly AskedQuestion[];
  /** Forgets everything. */
  flush(): void;
  close(): Promise<void>;
}

const failed: Remembered = { rcode: "SERVFAIL", answers: [], authorities: [] };

class Recursion {
  readonly faults = new FaultSwitch<ResolverFault>(resolverFaults);
  readonly questions: AskedQuestion[] = [];
  readonly cache: Cache;
  readonly #options: ResolverOptions;
  readonly #closing: AbortSignal;

  constructor(options: ResolverOptions, closing: AbortSignal) {
    this.#options = options;
    this.#closing = closing;
    this.cache = new Cache(options.now ?? Date.now);
  }

  async answer(asked: Asked): Promise<readonly Packet[]> {
    const question = asQuestion(asked);
    if (question === undefined) return [reply(asked.packet, { rcode: "FORMERR" })];
    this.questions.push(question);
    const target = { path: question.name };
    if (this.faults.take("timeout", target)) return [];
    const found = this.faults.take("servfail", target)
      ? failed
      : await this.#resolve(question.name, question.type, question.recursionDesired);
    const answer = reply(asked.packet, { ...found, recursionAvailable: true });
    const cut = asked.transport === "udp" && this.faults.take("truncate", target);
    return [cut ? truncated(answer) : answer];
  }

  /** One hop after the other, each from the cache or from the zone that has it. */
  async #resolve(asked: string, type: string, mayAsk: boolean): Promise<Remembered> {
    const answers: Answer[] = [];
    let name = asked;
    // RFC 1034 5.2.2 leaves the limit of a chain open; BIND's is 16.
    for (let hop = 0; hop < 16; hop += 1) {
      const found = await this.#hop(name, type, mayAsk);
      answers.push(...found.answers);
      const end = endOfChain(found.answers, name, type);
      if (end === undefined || found.rcode !== "NOERROR" || found.authorities.length > 0) {
        return { ...found, answers };
      }
      name = end;
    }
    return failed;
  }

  async #hop(name: string, type: string, mayAsk: boolean): Promise<Remembered> {
    const key = `${name} ${type}`;
    const target = { path: name };
    const known = this.faults.isOn("stale", target)
      ? this.cache.recallStale(key)
      : this.cache.recall(key);
    if (known !== undefined) return known;
    if (!mayAsk) return { rcode: "REFUSED", answers: [], authorities: [] };
    const zone = this.#options.zones
      .filter(({ origin }) => isWithin(name, origin))
      .toSorted((a, b) => b.origin.length - a.origin.length)[0];
    for (const server of zone?.servers ?? []) {
      try {
        const patience = AbortSignal.timeout(this.#options.upstreamTimeoutMs ?? 1000);
        const question = { name, type, recursive: false };
        const { packet } = await exchange(
          server,
          question,
          AbortSignal.any([patience, this.#closing]),
        );
        const rcode = ((packet as { rcode?: string }).rcode ?? "SERVFAIL") as Rcode;
        if (!packet.flag_aa || (rcode !== "NOERROR" && rcode !== "NXDOMAIN")) continue;
        const clamp = this.faults.look("clamp-ttl", target);
        return this.cache.keep(key, packet, rcode, clamp === undefined ? 0 : (clamp.amount ?? 300));
      } catch {
        // The next server of the zone is asked.
      }
    }
    return failed;
  }
}

/** Where a chain of aliases leaves off without data; undefined when it has arrived. */
function endOfChain(answers: readonly Answer[], from: string, type: string): string | undefined {
  if (answers.length === 0 || type === "CNAME") return undefined;
  if (answers.some((answer) => answer.type === type)) return undefined;
  const last = answers.findLast((answer) => answer.type === "CNAME");
  const target = last?.type === "CNAME" ? canonicalName(last.data) : undefined;
  return target === canonicalName(from) ? undefined : target;
}

/** Listens on 127.0.0.1. */
export async function startResolver(options: ResolverOptions): Promise<Resolver> {
  const closing = new AbortController();
  const recursion = new Recursion(options, closing.signal);
  const listener = await listen((asked) => recursion.answer(asked), options.port);
  return {
    server: listener.server,
    faults: recursion.faults,
    questions: recursion.questions,
    flush: () => recursion.cache.clear(),
    close: async () => {
      closing.abort();
      await listener.close();
    },
  };
}
