/**
 * Keeps what is no longer used from growing. V8 lets garbage grow with the
 * memory of the machine, to three times of what is in use and more; a comparison
 * that runs beside applications should not take what they may need.
 */
import v8 from "node:v8";
import vm from "node:vm";

/** Bytes of garbage after which it is collected: for ten thousand tables some 40 times, 30 ms each. */
const mostGarbage = 8 * 1024 * 1024;

type Collect = () => void;

/** Undefined where the runtime does not offer it: the comparison is the same without it. */
function collector(): Collect | undefined {
  v8.setFlagsFromString("--expose-gc");
  const collect: unknown = vm.runInNewContext("typeof gc === 'function' ? gc : undefined");
  v8.setFlagsFromString("--no-expose-gc");
  return collect as Collect | undefined;
}

let collect: Collect | undefined;
let inUse: number | undefined;

const used = (): number => v8.getHeapStatistics().used_heap_size;

export function collectGarbage(): void {
  if (inUse === undefined) {
    collect = collector();
    inUse = used();
  }
  if (used() - inUse < mostGarbage) return;
  collect?.();
  inUse = used();
}
