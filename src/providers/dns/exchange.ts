/**
 * One question to one server and its answer, over UDP and, when that is cut
 * off (TC), over TCP. Owns the sockets and what counts as an answer to our
 * question: same id, same question, from that address. No retries here.
 */
import { randomInt } from "node:crypto";
import dgram from "node:dgram";
import net from "node:net";
import packet, { type DecodedPacket, type RecordType } from "dns-packet";
import { sameName } from "../../core/dns-name.ts";
import type { DnsServer } from "./server.ts";

export interface Question {
  readonly name: string;
  readonly type: string;
  /** Sets RD. An authoritative server is asked without. */
  readonly recursive: boolean;
}

export interface Exchanged {
  readonly packet: DecodedPacket;
  readonly transport: "udp" | "tcp";
}

interface Sent {
  readonly id: number;
  readonly question: Question;
  readonly bytes: Buffer;
}

function prepare(question: Question): Sent {
  const id = randomInt(0, 65_536);
  const bytes = packet.encode({
    type: "query",
    id,
    flags: question.recursive ? packet.RECURSION_DESIRED : 0,
    questions: [{ name: question.name, type: question.type as RecordType, class: "IN" }],
  });
  return { id, question, bytes };
}

/** Undefined for anything that does not answer what was sent: forged, late or garbled. */
function readAnswer(bytes: Buffer, sent: Sent): DecodedPacket | undefined {
  let decoded: DecodedPacket;
  try {
    decoded = packet.decode(bytes);
  } catch {
    return undefined;
  }
  const asked = decoded.questions?.[0];
  const fits =
    decoded.flag_qr &&
    decoded.id === sent.id &&
    decoded.questions?.length === 1 &&
    asked !== undefined &&
    sameName(asked.name, sent.question.name) &&
    asked.type === sent.question.type;
  return fits ? decoded : undefined;
}

/** A new socket each time, so the source port is a new one too. */
async function overUdp(server: DnsServer, sent: Sent, signal: AbortSignal): Promise<DecodedPacket> {
  signal.throwIfAborted();
  const socket = dgram.createSocket(net.isIPv6(server.address) ? "udp6" : "udp4");
  try {
    return await new Promise<DecodedPacket>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      socket.on("error", reject);
      socket.on("message", (bytes) => {
        const answer = readAnswer(bytes, sent);
        if (answer !== undefined) resolve(answer);
      });
      // Connected, the kernel drops other senders and reports a closed port.
      socket.connect(server.port, server.address, () => {
        socket.send(sent.bytes, (error) => {
          if (error !== null) reject(error);
        });
      });
    });
  } finally {
    socket.close();
  }
}

function frame(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

async function overTcp(server: DnsServer, sent: Sent, signal: AbortSignal): Promise<DecodedPacket> {
  signal.throwIfAborted();
  const socket = net.connect({ host: server.address, port: server.port });
  try {
    return await new Promise<DecodedPacket>((resolve, reject) => {
      let received = Buffer.alloc(0);
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the connection was closed without an answer")));
      socket.on("connect", () => socket.write(frame(sent.bytes)));
      socket.on("data", (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
          const end = 2 + received.readUInt16BE(0);
          const answer = readAnswer(received.subarray(2, end), sent);
          if (answer !== undefined) resolve(answer);
          received = received.subarray(end);
        }
      });
    });
  } finally {
    socket.destroy();
  }
}

/** Rejects with the socket's error or the signal's reason. The signal bounds the wait. */
export async function exchange(
  server: DnsServer,
  question: Question,
  signal: AbortSignal,
): Promise<Exchanged> {
  const answer = await overUdp(server, prepare(question), signal);
  if (!answer.flag_tc) return { packet: answer, transport: "udp" };
  return { packet: await overTcp(server, prepare(question), signal), transport: "tcp" };
}
