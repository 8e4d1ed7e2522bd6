/** One way through the proxy: what arrives is handed on when its time has come, in order. */
import type net from "node:net";

export interface Direction {
  /** Hands on what is due. */
  flush(): void;
  stop(): void;
}

export interface NetworkState {
  oneWayMs(): number;
  paused(): boolean;
  /** Told of all that arrives. */
  passed(bytes: number): void;
}

/** Bytes under way after which the sender has to wait, as a window would have it. */
const windowBytes = 4 * 1024 * 1024;

/** `undefined` as bytes is the end of the stream. */
interface UnderWay {
  readonly due: number;
  readonly bytes: Buffer | undefined;
}

export function direction(from: net.Socket, to: net.Socket, network: NetworkState): Direction {
  const underWay: UnderWay[] = [];
  let waitingBytes = 0;
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (network.paused()) return;
    for (let next = underWay[0]; next !== undefined; next = underWay[0]) {
      const left = next.due - performance.now();
      if (left > 0) {
        timer = setTimeout(flush, Math.ceil(left));
        break;
      }
      underWay.shift();
      if (next.bytes === undefined) {
        to.end();
        continue;
      }
      waitingBytes -= next.bytes.length;
      if (!to.destroyed) to.write(next.bytes);
    }
    if (waitingBytes < windowBytes && to.writableLength < windowBytes) from.resume();
  };
  const take = (bytes: Buffer | undefined): void => {
    underWay.push({ due: performance.now() + network.oneWayMs(), bytes });
    waitingBytes += bytes?.length ?? 0;
    network.passed(bytes?.length ?? 0);
    if (waitingBytes >= windowBytes || to.writableLength >= windowBytes) from.pause();
    if (timer === undefined) flush();
  };
  from.on("data", take);
  from.on("end", () => take(undefined));
  to.on("drain", flush);
  return {
    flush,
    stop: () => {
      clearTimeout(timer);
      underWay.length = 0;
    },
  };
}
