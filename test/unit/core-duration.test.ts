import { describe, expect, it } from "vitest";
import { parseDuration, parseSize, showDuration, showSize } from "../../src/core/duration.ts";

describe("durations", () => {
  it.each([
    ["0s", 0],
    ["250ms", 250],
    ["30s", 30_000],
    ["1.5s", 1500],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["1d2h3m4s5ms", 93_784_005],
  ])("%s is %d ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "30", "s", "-5s", "5 s", "5S", "1e3s", "5s ", "5sec", "١s", "5m!", ".5s", "5.s"])(
    "%j is none",
    (text) => {
      expect(parseDuration(text)).toBe(undefined);
    },
  );

  it.each([
    [0, "0 ms"],
    [420, "420 ms"],
    [999.4, "999 ms"],
    [999.6, "1.0 s"],
    [59_949, "59.9 s"],
    [59_950, "1m 0s"],
    [250_000, "4m 10s"],
    [3_599_600, "1h 0m"],
    [86_399_999, "1d 0h"],
    [200_000_000, "2d 8h"],
  ])("%d ms is shown as %s", (ms, text) => {
    expect(showDuration(ms)).toBe(text);
  });

  it("read back what they show, within what is shown", () => {
    for (let ms = 1; ms < 1e9; ms = Math.ceil(ms * 1.37)) {
      const back = parseDuration(showDuration(ms).replaceAll(" ", ""));
      expect(back, String(ms)).toBeDefined();
      expect(Math.abs((back ?? 0) - ms) / ms, String(ms)).toBeLessThan(0.05);
    }
  });
});

describe("sizes", () => {
  it.each([
    ["0B", 0],
    ["10MB", 10_000_000],
    ["1.5kB", 1500],
    ["1KB", 1000],
    ["2GiB", 2_147_483_648],
    ["1TB", 1e12],
  ])("%s is %d bytes", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(["", "10", "MB", "10 MB", "10mb", "-1MB", "1PB", "10MB ", "constructor", "1toString"])(
    "%j is none",
    (text) => {
      expect(parseSize(text)).toBe(undefined);
    },
  );

  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [999_949, "999.9 kB"],
    [999_950, "1.0 MB"],
    [4_100_000, "4.1 MB"],
    [1.2e12, "1.2 TB"],
    [5e15, "5000.0 TB"],
  ])("%d bytes are shown as %s", (bytes, text) => {
    expect(showSize(bytes)).toBe(text);
  });

  it("read back what they show, within what is shown", () => {
    for (let bytes = 1; bytes < 1e15; bytes = Math.ceil(bytes * 1.91)) {
      const back = parseSize(showSize(bytes).replaceAll(" ", ""));
      expect(Math.abs((back ?? 0) - bytes) / bytes, String(bytes)).toBeLessThanOrEqual(0.051);
    }
  });
});
