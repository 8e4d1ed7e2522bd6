/** Building the answer to a question: flags, rcode, sections. Pure. */
import packet, { type Answer, type DecodedPacket, type Packet } from "dns-packet";

const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
export type Rcode = keyof typeof rcodes;

export interface ReplyParts {
  readonly rcode: Rcode;
  readonly authoritative?: boolean;
  readonly recursionAvailable?: boolean;
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
}

export function reply(question: DecodedPacket, parts: ReplyParts): Packet {
  const flags =
    rcodes[parts.rcode] |
    (question.flag_rd ? packet.RECURSION_DESIRED : 0) |
    (parts.authoritative === true ? packet.AUTHORITATIVE_ANSWER : 0) |
    (parts.recursionAvailable === true ? packet.RECURSION_AVAILABLE : 0);
  return {
    type: "response",
    id: question.id ?? 0,
    flags,
    questions: question.questions ?? [],
    answers: [...(parts.answers ?? [])],
    authorities: [...(parts.authorities ?? [])],
  };
}
