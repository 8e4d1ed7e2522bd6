/**
 * Faults that strike a request itself: wrong answers before any handler runs,
 * and connections that break before or after the effect.
 */
import { ArmError } from "../arm/arm-error.ts";
import type { Answer } from "../arm/call.ts";
import { expiredToken } from "../arm/gate.ts";
import type { FaultName } from "./catalog.ts";
import type { FaultTarget } from "../../fault-switch.ts";
import type { Faults } from "./faults.ts";

/** What to do to a request instead of handling it. */
export type Interference =
  | { readonly is: "answer"; readonly answer: Answer }
  | { readonly is: "reset" }
  | { readonly is: "hang" };

const loginPage = "<html><head><title>Sign in</title></head><body>Sign in to go on.</body></html>";
const gatewayPage =
  "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

function refusal(error: ArmError): Interference {
  return {
    is: "answer",
    answer: { status: error.status, body: error.body, headers: error.headers },
  };
}

const interferences: readonly (readonly [FaultName, (amount: number) => Interference])[] = [
  ["reset-before-effect", () => ({ is: "reset" })],
  ["http-hang", () => ({ is: "hang" })],
  ["token-expired", () => refusal(expiredToken())],
  [
    "http-500",
    () =>
      refusal(
        new ArmError(
          500,
          "InternalServerError",
          "An unexpected error occured while processing the request.",
        ),
      ),
  ],
  [
    "http-503",
    () =>
      refusal(new ArmError(503, "ServiceUnavailable", "The service is temporarily unavailable.")),
  ],
  [
    "http-429",
    (seconds) =>
      refusal(
        new ArmError(429, "TooManyRequests", "The request was throttled.", {
          "Retry-After": String(seconds),
        }),
      ),
  ],
  [
    "http-429-bare",
    () => refusal(new ArmError(429, "TooManyRequests", "The request was throttled.")),
  ],
  [
    "http-409-busy",
    () =>
      refusal(
        new ArmError(
          409,
          "ServerIsBusy",
          "Cannot complete operation while server is busy processing another operation. Try again later.",
        ),
      ),
  ],
  [
    "http-html",
    () => ({
      is: "answer",
      answer: { status: 502, body: gatewayPage, headers: { "Content-Type": "text/html" } },
    }),
  ],
  [
    "http-html-200",
    () => ({
      is: "answer",
      answer: { status: 200, body: loginPage, headers: { "Content-Type": "text/html" } },
    }),
  ],
];

/** Undefined: let the request through. */
export function interfere(faults: Faults, target: FaultTarget): Interference | undefined {
  for (const [name, strike] of interferences) {
    const amount = faults.look(name, target)?.amount ?? 1;
    if (faults.take(name, target)) return strike(amount);
  }
  return undefined;
}
