/**
 * An authoritative server for some zones: AA answers, no recursion, REFUSED
 * for every other name. Several may serve the same zones, so that one of them
 * can lag behind.
 */
import type { DecodedPacket, Packet } from "dns-packet";
import { canonicalName, isWithin } from "../../core/dns-name.ts";
import type { DnsServer } from "../../providers/dns/index.ts";
import { FaultSwitch } from "../fault-switch.ts";
import { type AuthoritativeFault, authoritativeFaults } from "./faults.ts";
import { type Asked, listen, truncated } from "./listener.ts";
import { lookUp } from "./lookup.ts";
import { reply } from "./reply.ts";
import type { Zone, ZoneVersion } from "./zone.ts";

export interface AuthoritativeServer {
  readonly server: DnsServer;
  readonly faults: FaultSwitch<AuthoritativeFault>;
  /** Questions received, oldest first. */
  readonly questions: readonly AskedQuestion[];
  /** Serves one more zone from now on. */
  add(zone: Zone): void;
  close(): Promise<void>;
}

export interface AskedQuestion {
  readonly name: string;
  readonly type: string;
  readonly transport: "udp" | "tcp";
  readonly recursionDesired: boolean;
}

export function asQuestion({ packet, transport }: Asked): AskedQuestion | undefined {
  const question = packet.questions?.[0];
  if (question === undefined || packet.questions?.length !== 1) return undefined;
  const name = canonicalName(question.name);
  return { name, type: question.type, transport, recursionDesired: packet.flag_rd };
}

class Authority {
  readonly faults: FaultSwitch<AuthoritativeFault>;
  readonly questions: AskedQuestion[] = [];
  readonly #zones: Zone[];
  /** The versions that a lagging server goes on serving. */
  readonly #held = new Map<string, ZoneVersion>();

  constructor(zones: readonly Zone[]) {
    this.#zones = [...zones];
    this.faults = new FaultSwitch<AuthoritativeFault>(authoritativeFaults, (name) => {
      if (name === "lagging") this.#hold();
    });
  }

  /** What is current at the moment the fault is switched on, not at the next question. */
  #hold(): void {
    this.#held.clear();
    if (!this.faults.names().includes("lagging")) return;
    for (const zone of this.#zones) this.#held.set(zone.origin, zone.version);
  }

  add(zone: Zone): void {
    this.#zones.push(zone);
  }

  answer(asked: Asked): readonly Packet[] {
    const question = asQuestion(asked);
    if (question === undefined) return [reply(asked.packet, { rcode: "FORMERR" })];
    this.questions.push(question);
    const target = { path: question.name };
    if (this.faults.take("timeout", target)) return [];
    if (asked.transport === "udp" && this.faults.take("drop", target)) return [];
    const answer = this.#speak(asked.packet, question);
    const sent =
      asked.transport === "udp" && this.faults.take("truncate", target)
        ? truncated(answer)
        : answer;
    if (!this.faults.take("forged-first", target)) return [sent];
    return [{ ...sent, id: ((sent.id ?? 0) + 1) % 65_536, answers: [] }, sent];
  }

  #speak(packet: DecodedPacket, { name, type }: AskedQuestion): Packet {
    const target = { path: name };
    if (this.faults.take("servfail", target)) return reply(packet, { rcode: "SERVFAIL" });
    const zone = this.#zones
      .filter((each) => isWithin(name, each.origin))
      .toSorted((a, b) => b.origin.length - a.origin.length)[0];
    if (zone === undefined) return reply(packet, { rcode: "REFUSED" });
    const lagging = this.faults.isOn("lagging", target) ? this.#held.get(zone.origin) : undefined;
    const found = lookUp(lagging ?? zone.version, name, type);
    return reply(packet, { ...found, authoritative: !this.faults.take("lame", target) });
  }
}

/** Listens on 127.0.0.1, a free port unless one is given. */
export async function startAuthoritative(
  zones: readonly Zone[],
  options: { readonly port?: number } = {},
): Promise<AuthoritativeServer> {
  const authority = new Authority(zones);
  const listener = await listen((asked) => authority.answer(asked), options.port);
  return {
    server: listener.server,
    faults: authority.faults,
    questions: authority.questions,
    add: (zone) => authority.add(zone),
    close: () => listener.close(),
  };
}
