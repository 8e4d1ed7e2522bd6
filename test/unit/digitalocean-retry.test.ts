import { describe, expect, it } from "vitest";
import {
  isInDoubt,
  nextTry,
  type Outcome,
  rateLimitWait,
} from "../../src/providers/digitalocean/retry.ts";

const now = Date.parse("2026-03-02T09:00:00Z");

function answered(status: number, headers: Record<string, string> = {}): Outcome {
  return {
    is: "answered",
    answer: { status, headers: new Map(Object.entries(headers)), text: "" },
  };
}

function broken(code: string): Outcome {
  return { is: "broken", code, message: code };
}

function next(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", outcome: Outcome, attempt = 0) {
  return nextTry({ method, outcome, attempt, pauseMs: 500, now, jitter: 0 });
}

describe("nextTry", () => {
  it.each(["GET", "PUT", "PATCH", "DELETE"] as const)(
    "%s comes again after what may pass",
    (method) => {
      for (const outcome of [
        answered(429),
        answered(500),
        answered(502),
        answered(503),
        answered(504),
        broken("ECONNRESET"),
        broken("UND_ERR_SOCKET"),
        broken("ETIMEDOUT"),
        broken("ECONNREFUSED"),
      ]) {
        expect(next(method, outcome), JSON.stringify(outcome)).toBe(500);
      }
    },
  );

  it.each(["GET", "POST", "PUT"] as const)("%s never comes again after a refusal", (method) => {
    for (const outcome of [
      answered(400),
      answered(401),
      answered(403),
      answered(404),
      answered(412),
      answered(422),
      answered(200),
      broken("SELF_SIGNED_CERT_IN_CHAIN"),
    ]) {
      expect(next(method, outcome), JSON.stringify(outcome)).toBeUndefined();
    }
  });

  it("repeats a POST only when it cannot have been received", () => {
    expect(next("POST", answered(429, { "retry-after": "3" }))).toBe(3000);
    expect(next("POST", broken("ECONNREFUSED"))).toBe(500);
    expect(next("POST", broken("ENOTFOUND"))).toBe(500);
    for (const outcome of [
      answered(500),
      answered(503),
      broken("ECONNRESET"),
      broken("ETIMEDOUT"),
      broken("UND_ERR_SOCKET"),
    ]) {
      expect(next("POST", outcome), JSON.stringify(outcome)).toBeUndefined();
    }
  });

  it("doubles its pause up to 30 s and half again", () => {
    expect([0, 1, 2, 6, 20].map((attempt) => next("GET", answered(500), attempt))).toEqual([
      500, 1000, 2000, 30_000, 30_000,
    ]);
    expect(
      nextTry({ method: "GET", outcome: answered(500), attempt: 20, pauseMs: 500, now, jitter: 1 }),
    ).toBe(45_000);
  });
});

describe("rateLimitWait", () => {
  it("takes retry-after, and the window's end where there is none", () => {
    const reset = { "ratelimit-reset": String(now / 1000 + 90) };
    expect(rateLimitWait(new Map(Object.entries({ ...reset, "retry-after": "7" })), now)).toBe(
      7000,
    );
    expect(rateLimitWait(new Map(Object.entries(reset)), now)).toBe(90_000);
    expect(rateLimitWait(new Map([["ratelimit-reset", String(now / 1000 - 5)]]), now)).toBe(1000);
    expect(rateLimitWait(new Map([["retry-after", "soon"]]), now)).toBeUndefined();
    expect(rateLimitWait(new Map(), now)).toBeUndefined();
  });
});

describe("isInDoubt", () => {
  it("is about changes that may have been received", () => {
    expect(isInDoubt("GET", broken("ECONNRESET"))).toBe(false);
    expect(isInDoubt("PATCH", broken("ECONNRESET"))).toBe(true);
    expect(isInDoubt("PATCH", answered(500))).toBe(true);
    expect(isInDoubt("PATCH", answered(422))).toBe(false);
    expect(isInDoubt("PATCH", broken("ECONNREFUSED"))).toBe(false);
    expect(isInDoubt("PATCH", broken("CERT_HAS_EXPIRED"))).toBe(false);
  });
});
