/** Faults that strike a request before any handler sees it. */
import type { FaultSwitch, FaultTarget } from "../../fault-switch.ts";
import type { DigitalOceanFault } from "../faults.ts";

export type Interference =
  | { readonly is: "reset" }
  | { readonly is: "hang" }
  | {
      readonly is: "answer";
      readonly status: number;
      readonly text: string;
      readonly headers: Readonly<Record<string, string>>;
    };

const loginPage = "<html><head><title>Sign in</title></head><body>Sign in to go on.</body></html>";
const gatewayPage =
  "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

function refusal(
  status: number,
  id: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Interference {
  const json = { "content-type": "application/json; charset=utf-8" };
  return {
    is: "answer",
    status,
    text: JSON.stringify({ id, message }),
    headers: { ...json, ...headers },
  };
}

/** Undefined: let the request through. `now` in milliseconds. */
export function interfere(
  faults: FaultSwitch<DigitalOceanFault>,
  target: FaultTarget & { readonly authorization?: string | undefined },
  now: number,
): Interference | undefined {
  const amount = (name: DigitalOceanFault): number => faults.look(name, target)?.amount ?? 1;
  const limited = "API Rate limit exceeded.";
  const strikes: readonly (readonly [DigitalOceanFault, (seconds: number) => Interference])[] = [
    ["reset-before-effect", () => ({ is: "reset" })],
    ["http-hang", () => ({ is: "hang" })],
    ["token-expired", () => refusal(401, "unauthorized", "Unable to authenticate you.")],
    [
      "http-400-echo",
      () => refusal(400, "bad_request", `invalid header: authorization: ${target.authorization}`),
    ],
    ["http-500", () => refusal(500, "server_error", "Unexpected server-side error")],
    ["http-409", () => refusal(409, "conflict", "Another change of this resource is under way.")],
    ["http-503", () => refusal(503, "service_unavailable", "Service Unavailable")],
    [
      "http-429",
      (seconds) => refusal(429, "too_many_requests", limited, { "retry-after": String(seconds) }),
    ],
    [
      "http-429-hourly",
      (seconds) => {
        const reset = String(Math.ceil(now / 1000) + seconds);
        return refusal(429, "too_many_requests", limited, {
          "ratelimit-remaining": "0",
          "ratelimit-reset": reset,
        });
      },
    ],
    [
      "http-html-200",
      () => ({
        is: "answer",
        status: 200,
        text: loginPage,
        headers: { "content-type": "text/html" },
      }),
    ],
    [
      "http-html",
      () => ({
        is: "answer",
        status: 502,
        text: gatewayPage,
        headers: { "content-type": "text/html" },
      }),
    ],
  ];
  for (const [name, strike] of strikes) {
    const seconds = amount(name);
    if (faults.take(name, target)) return strike(seconds);
  }
  return undefined;
}
