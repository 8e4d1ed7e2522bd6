/**
 * Loaded before the program (`NODE_OPTIONS=--import`): its clock is set back by
 * SET_BACK_MS, at once or, where AT_SIGNAL is set, when SIGUSR2 comes. As when
 * a person or NTP corrects a clock, monotonic time goes on.
 */
const RealDate = Date;
const setBackMs = Number(process.env["SET_BACK_MS"] ?? 0);
let shiftMs = process.env["AT_SIGNAL"] === undefined ? setBackMs : 0;

process.on("SIGUSR2", () => {
  shiftMs = setBackMs;
});

const now = (): number => RealDate.now() - shiftMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, words: unknown[], newTarget) =>
    Reflect.construct(target, words.length === 0 ? [now()] : words, newTarget) as object,
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
});
