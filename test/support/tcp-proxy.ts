/**
 * A network between a program and a server of this machine: bytes pass through
 * untouched, so TLS does too. It can be slow, swallow everything, break every
 * connection, and lead to another server. Like a network whose packets are
 * dropped, a paused proxy loses nothing: what was sent arrives after `resume`.
 */
import { once } from "node:events";
import net from "node:net";
import { direction, type Direction } from "./tcp-direction.ts";

export interface ProxiedPlace {
  readonly host: string;
  readonly port: number;
}

export interface Proxy {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Connections that are open now. */
  readonly connections: number;
  /** That have arrived, both ways together, since it was started. */
  readonly bytes: number;
  /** A round trip's milliseconds: half of it each way, and a whole one to connect. */
  setLatency(roundTripMs: number): void;
  /** A black hole: connections are accepted, and nothing passes, neither bytes nor their end. */
  pause(): void;
  resume(): void;
  /** Resets every open connection; new ones are taken as before. */
  sever(): void;
  /** Where connections lead that are opened from now on. */
  leadTo(place: ProxiedPlace): void;
  close(): Promise<void>;
}

interface Pair {
  readonly near: net.Socket;
  far: net.Socket | undefined;
  readonly ways: Direction[];
}

export async function startProxy(first: ProxiedPlace): Promise<Proxy> {
  let place = first;
  let latencyMs = 0;
  let paused = false;
  const pairs = new Set<Pair>();
  let bytes = 0;
  const state = {
    oneWayMs: () => latencyMs / 2,
    paused: () => paused,
    passed: (count: number) => void (bytes += count),
  };

  const reset = (pair: Pair): void => {
    pairs.delete(pair);
    for (const way of pair.ways) way.stop();
    // What was never read must not be waited for.
    for (const socket of [pair.near, pair.far]) socket?.resetAndDestroy();
  };
  const open = (pair: Pair): void => {
    if (paused || pair.far !== undefined || pair.near.destroyed) return;
    const far = net.connect({ ...place, noDelay: true, allowHalfOpen: true });
    pair.far = far;
    pair.ways.push(direction(pair.near, far, state), direction(far, pair.near, state));
    far.on("error", () => reset(pair));
    far.on("close", () => pairs.delete(pair));
  };
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const pair: Pair = { near, far: undefined, ways: [] };
    pairs.add(pair);
    near.on("error", () => reset(pair));
    near.on("close", () => {
      if (pair.far === undefined) pairs.delete(pair);
    });
    // The kernel has accepted already; to connect takes a round trip over a real network.
    setTimeout(() => open(pair), latencyMs);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    port: (server.address() as net.AddressInfo).port,
    get connections() {
      return pairs.size;
    },
    get bytes() {
      return bytes;
    },
    setLatency: (roundTripMs) => {
      latencyMs = roundTripMs;
    },
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      for (const pair of pairs) {
        open(pair);
        for (const way of pair.ways) way.flush();
      }
    },
    sever: () => {
      for (const pair of pairs) reset(pair);
    },
    leadTo: (next) => {
      place = next;
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const pair of pairs) reset(pair);
      await closed;
    },
  };
}
