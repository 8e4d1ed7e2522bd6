/** How the stand-in's seconds of lag come from two positions. */
import { describe, expect, it } from "vitest";
import { lagSeconds, noLag, observeLag } from "../../src/rehearsal/azure/moving/lag.ts";
import { parseLsn } from "../../src/rehearsal/azure/moving/source-slot.ts";

describe("lag", () => {
  it("is zero once everything seen is confirmed, even while the source goes on", () => {
    let lag = observeLag(noLag, { written: 100n, confirmed: 100n }, 0);
    expect(lagSeconds(lag, 9000)).toBe(0);
    lag = observeLag(lag, { written: 300n, confirmed: 100n }, 1000);
    lag = observeLag(lag, { written: 400n, confirmed: 300n }, 2500);
    expect(lagSeconds(lag, 3000)).toBe(0);
    expect(lagSeconds(lag, 3600)).toBe(1);
  });

  it("grows from the oldest position that is not confirmed", () => {
    let lag = observeLag(noLag, { written: 200n, confirmed: 100n }, 0);
    lag = observeLag(lag, { written: 300n, confirmed: 100n }, 4000);
    expect(lagSeconds(lag, 7000)).toBe(7);
    lag = observeLag(lag, { written: 300n, confirmed: 200n }, 8000);
    expect(lagSeconds(lag, 8000)).toBe(4);
  });

  it("does not take an unknown confirmation for a confirmed one", () => {
    const lag = observeLag(noLag, { written: 200n, confirmed: undefined }, 0);
    expect(lagSeconds(lag, 5000)).toBe(5);
  });

  it("reads positions beyond four gigabytes", () => {
    expect(parseLsn("1/0") - parseLsn("0/FFFFFFFF")).toBe(1n);
  });
});
