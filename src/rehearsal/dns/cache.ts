/**
 * What a resolver remembers: each answer until its TTL has run out, absences
 * as RFC 2308 says. TTLs count down by the clock that it is given. Pure but
 * for that clock.
 */
import type { Answer, DecodedPacket } from "dns-packet";
import type { Rcode } from "./reply.ts";

/** Milliseconds, as Date.now gives them. */
export type Clock = () => number;

export interface Remembered {
  readonly rcode: Rcode;
  readonly answers: readonly Answer[];
  readonly authorities: readonly Answer[];
}

interface Entry extends Remembered {
  readonly since: number;
  /** Seconds. */
  readonly ttl: number;
}

function ttlOf(answer: Answer): number {
  return answer.type === "OPT" ? Number.POSITIVE_INFINITY : (answer.ttl ?? 0);
}

function withTtl(answers: readonly Answer[], change: (ttl: number) => number): readonly Answer[] {
  return answers.map((answer) =>
    answer.type === "OPT" ? answer : { ...answer, ttl: change(answer.ttl ?? 0) },
  );
}

/** Seconds for which an upstream answer may be remembered; 0: not at all. */
function lifetime(answers: readonly Answer[], authorities: readonly Answer[]): number {
  const soa = authorities.find((record) => record.type === "SOA");
  const negative = soa?.type === "SOA" ? [Math.min(soa.ttl ?? 0, soa.data.minimum ?? 0)] : [];
  const ttls = [...answers.map(ttlOf), ...negative];
  return ttls.length === 0 ? 0 : Math.min(...ttls);
}

export class Cache {
  readonly #entries = new Map<string, Entry>();
  readonly #now: Clock;

  constructor(now: Clock) {
    this.#now = now;
  }

  /** `floor` in seconds raises shorter TTLs, as clamping resolvers do. */
  keep(key: string, packet: DecodedPacket, rcode: Rcode, floor = 0): Remembered {
    const raise = (ttl: number): number => Math.max(ttl, floor);
    const answers = withTtl(packet.answers ?? [], raise);
    const authorities = withTtl(packet.authorities ?? [], raise);
    const ttl = lifetime(answers, authorities);
    const entry = { rcode, answers, authorities, ttl, since: this.#now() };
    if (ttl > 0 && (rcode === "NOERROR" || rcode === "NXDOMAIN")) this.#entries.set(key, entry);
    return entry;
  }

  /** With what remains of each TTL; undefined when there is nothing, or it has run out. */
  recall(key: string): Remembered | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const age = Math.floor((this.#now() - entry.since) / 1000);
    if (age >= entry.ttl) return undefined;
    const left = (ttl: number): number => Math.max(0, ttl - age);
    return {
      ...entry,
      answers: withTtl(entry.answers, left),
      authorities: withTtl(entry.authorities, left),
    };
  }

  /** Whatever is there, expired or not, with the TTL that RFC 8767 recommends. */
  recallStale(key: string): Remembered | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    return this.recall(key) ?? { ...entry, answers: withTtl(entry.answers, () => 30) };
  }

  clear(): void {
    this.#entries.clear();
  }
}
