/**
 * How long an answer of a server is waited for. A limit of the server's own is
 * no help where the network swallows the answer or the server stands still, so
 * every wait ends on this side too. TCP alone would wait for a quarter of an
 * hour (Linux, tcp_retries2) where something was sent, and for ever behind a
 * middlebox that goes on answering keep-alives.
 */
import type net from "node:net";
import type { Client } from "pg";

/** Milliseconds for the answer of a server whose own limit has passed: the way back, and a slow machine. */
export const graceMs = 15_000;

/** Milliseconds to say goodbye in; the server notices by itself. */
const goodbyeMs = 2000;

/** Milliseconds of silence after which a server is asked whether it is there. */
const silenceMs = 30_000;

/** Asked in vain so often, it is not. */
const mostInVain = 2;

/** On this side, for one query; undefined where the session's statements may take any time. */
export function answerLimit(statementMs: number): number | undefined {
  return statementMs === 0 ? undefined : statementMs + graceMs;
}

/** `client.end()` waits for the server to hang up, which one that is gone never does. */
export function sayGoodbyeInTime(client: Client, socket: net.Socket): void {
  const end = client.end.bind(client);
  const inTime = async (): Promise<void> => {
    const timer = setTimeout(() => socket.destroy(), goodbyeMs);
    try {
      await end();
    } finally {
      clearTimeout(timer);
    }
  };
  client.end = inTime;
}

class SilentServer extends Error {
  readonly code = "ETIMEDOUT";
}

/**
 * For statements that may take any time, as the sum over a large table: after
 * each while of silence the server is asked on another connection whether it
 * is there, and the session is given up when it is not.
 */
export function giveUpWithServer(
  client: Client,
  socket: net.Socket,
  isThere: () => Promise<boolean>,
  everyMs = silenceMs,
): void {
  const ask = client.query.bind(client) as (...words: unknown[]) => unknown;
  let owed = 0;
  let timer: NodeJS.Timeout | undefined;
  let inVain = 0;
  let heard = 0;

  const watch = (): void => {
    heard = socket.bytesRead;
    timer = setTimeout(() => void look(), everyMs);
  };
  const look = async (): Promise<void> => {
    if (socket.bytesRead !== heard || (await isThere())) inVain = 0;
    else inVain += 1;
    if (owed === 0 || socket.destroyed) return;
    if (inVain < mostInVain) return watch();
    socket.destroy(new SilentServer("the server does not answer, on other connections neither"));
  };
  const answered = (): void => {
    owed -= 1;
    if (owed === 0) clearTimeout(timer);
  };
  client.query = ((...words: unknown[]) => {
    const answer = ask(...words);
    if (!(answer instanceof Promise)) return answer;
    owed += 1;
    if (owed === 1) {
      inVain = 0;
      watch();
    }
    answer.then(answered, answered);
    return answer;
  }) as Client["query"];
}
