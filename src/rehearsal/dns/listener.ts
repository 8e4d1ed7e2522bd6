/**
 * One port of 127.0.0.1 over UDP and TCP: receives questions, sends answers,
 * cuts UDP answers at 512 bytes (no EDNS). What is answered is the caller's.
 */
import dgram from "node:dgram";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import packet, { type DecodedPacket, type Packet } from "dns-packet";
import type { DnsServer } from "../../providers/dns/index.ts";
import { reply } from "./reply.ts";

export interface Asked {
  readonly packet: DecodedPacket;
  readonly transport: "udp" | "tcp";
}

/** The messages to send, in order; none: silence. */
export type Answering = (asked: Asked) => Promise<readonly Packet[]> | readonly Packet[];

export interface Listener {
  readonly server: DnsServer;
  close(): Promise<void>;
}

const udpLimit = 512;

function parse(bytes: Buffer): DecodedPacket | undefined {
  try {
    const decoded = packet.decode(bytes);
    return decoded.flag_qr ? undefined : decoded;
  } catch {
    return undefined;
  }
}

/** With TC set and nothing but the question, as servers commonly do. */
export function truncated(answer: Packet): Packet {
  const flags = (answer.flags ?? 0) | packet.TRUNCATED_RESPONSE;
  return { ...answer, flags, answers: [], authorities: [], additionals: [] };
}

function encodeForUdp(answer: Packet): Buffer {
  const bytes = packet.encode(answer);
  return bytes.length <= udpLimit ? bytes : packet.encode(truncated(answer));
}

/** What cannot be answered or encoded (a record with data that is none) is a SERVFAIL. */
async function answer(
  answering: Answering,
  asked: Asked,
  encode: (answer: Packet) => Buffer,
  send: (bytes: Buffer) => void,
): Promise<void> {
  let messages: readonly Buffer[];
  try {
    messages = (await answering(asked)).map(encode);
  } catch {
    messages = [encode(reply(asked.packet, { rcode: "SERVFAIL" }))];
  }
  for (const bytes of messages) send(bytes);
}

function takeTcp(socket: net.Socket, answering: Answering): void {
  let received = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const question = parse(received.subarray(2, end));
      received = received.subarray(end);
      if (question === undefined) continue;
      void answer(
        answering,
        { packet: question, transport: "tcp" },
        packet.streamEncode,
        (bytes) => {
          if (socket.writable) socket.write(bytes);
        },
      );
    }
  });
}

async function bindBoth(tcp: net.Server, udp: dgram.Socket, port: number): Promise<number> {
  tcp.listen(port, "127.0.0.1");
  await once(tcp, "listening");
  const bound = (tcp.address() as AddressInfo).port;
  udp.bind(bound, "127.0.0.1");
  await once(udp, "listening");
  return bound;
}

/** A free port unless one is given; UDP and TCP have the same one. */
export async function listen(answering: Answering, wanted = 0): Promise<Listener> {
  for (let attempt = 0; ; attempt += 1) {
    const sockets = new Set<net.Socket>();
    const udp = dgram.createSocket("udp4");
    let open = true;
    const tcp = net.createServer((socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      takeTcp(socket, answering);
    });
    udp.on("message", (bytes, from) => {
      const question = parse(bytes);
      if (question === undefined) return;
      void answer(answering, { packet: question, transport: "udp" }, encodeForUdp, (sent) => {
        if (open) udp.send(sent, from.port, from.address);
      });
    });
    const close = async (): Promise<void> => {
      open = false;
      for (const socket of sockets) socket.destroy();
      await Promise.all([
        new Promise<void>((resolve) => tcp.close(() => resolve())),
        new Promise<void>((resolve) => udp.close(() => resolve())),
      ]);
    };
    try {
      const port = await bindBoth(tcp, udp, wanted);
      return { server: { address: "127.0.0.1", port }, close };
    } catch (error) {
      // The port that TCP was given may be taken for UDP by someone else.
      await close();
      if (wanted !== 0 || attempt >= 20) throw error;
    }
  }
}
