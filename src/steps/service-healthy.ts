/** `service-healthy`: a service answers as it should, several times in a row. */
import { z } from "zod";
import { duration } from "../core/plan/fields.ts";
import { text } from "../core/plan/reference.ts";
import type { StepContext, StepKind } from "../core/step.ts";
import type { Verdict } from "../core/verdict.ts";
import { checkHttp, type HttpCheck } from "../providers/http-check/index.ts";
import type { World } from "./world.ts";

const settings = z.strictObject({
  url: text().describe("What to ask, `https://...`; redirects are not followed."),
  status: z.int().min(100).max(599).default(200).describe("The status that the answer must have."),
  body: z
    .string()
    .refine(isPattern, { error: "not a regular expression" })
    .optional()
    .describe("A regular expression that must match somewhere in the body."),
  certificateDays: z
    .int()
    .min(0)
    .default(7)
    .describe("Days for which the certificate must still be good."),
  ca: text().optional().describe("Certificate authority (PEM) to trust instead of the system's."),
  connectTo: text()
    .optional()
    .describe("`host:port` to connect to while the name stays that of `url`: before a DNS flip."),
  consecutive: z.int().min(1).default(3).describe("How many good answers in a row satisfy."),
  every: duration().prefault("1s").describe("Time between two questions."),
  timeout: duration().prefault("5s").describe("Time for one answer."),
});

type Settings = z.infer<typeof settings>;

function isPattern(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}

interface HealthSeen {
  readonly url: string;
  readonly check: HttpCheck;
  /** Good answers in a row, this one included. */
  readonly inARow: number;
}

export const serviceHealthy: StepKind<World, Settings, HealthSeen> = {
  kind: "service-healthy",
  condition: "A service answers as it should, several times in a row.",
  details:
    "Asks one URL until enough answers in a row have the expected status, a body that matches, and a certificate that is good for long enough. Waits in between, and says why each time: a service that answers badly and one that cannot be reached are told apart. Several services: several steps.",
  settings,
  example: { url: "https://api.opensauced.pizza/health", body: "ok" },
  proof: "moment",
  deadlineMs: 10 * 60_000,
  after: [],
  undoneOnStop: false,
  actions: {},
  intends: ({ url, consecutive }) => `ask ${url} until ${consecutive} answers in a row are good`,
  observe,
  decide,
  apply: () => Promise.reject(new Error("A health check has no action.")),
};

/** Good answers in a row, by step; forgotten with the process, which only asks again. */
const rows = new WeakMap<World, Map<string, number>>();

async function observe(
  world: World,
  stepSettings: Settings,
  context: StepContext,
): Promise<HealthSeen> {
  const { url, status, body, ca, connectTo, timeout, certificateDays } = stepSettings;
  const address = world.references.text(url);
  const check = await checkHttp({
    url: address,
    expectStatus: status,
    timeoutMs: timeout,
    signal: context.signal,
    ...(body === undefined ? {} : { expectBody: new RegExp(body) }),
    ...(ca === undefined ? {} : { ca: world.references.text(ca) }),
    ...(connectTo === undefined ? {} : { connectTo: place(world.references.text(connectTo)) }),
  });
  const known = rows.get(world) ?? new Map<string, number>();
  rows.set(world, known);
  const good = check.is === "healthy" && !expiring(check, certificateDays);
  const inARow = good ? (known.get(context.step) ?? 0) + 1 : 0;
  known.set(context.step, inARow);
  return { url: withoutLogin(address), check, inARow };
}

/** For people: a URL may carry a name and a password. */
function withoutLogin(address: string): string {
  const url = new URL(address);
  url.username = "";
  url.password = "";
  return url.href;
}

function place(connectTo: string): { host: string; port: number } {
  const colon = connectTo.lastIndexOf(":");
  return { host: connectTo.slice(0, colon), port: Number(connectTo.slice(colon + 1)) };
}

function expiring(check: HttpCheck, days: number): boolean {
  if (check.is === "unreadable") return false;
  return check.certificateDaysLeft !== undefined && check.certificateDaysLeft < days;
}

function decide(seen: HealthSeen, { consecutive, every, certificateDays }: Settings): Verdict {
  const { url, check, inARow } = seen;
  const again = { is: "waiting", for: "world", lookAgainInMs: every } as const;
  if (check.is === "unreadable") {
    return { ...again, unread: true, reason: `${url} could not be asked: ${check.why}` };
  }
  if (check.is === "unhealthy") return { ...again, reason: `${url} is not well: ${check.why}` };
  if (expiring(check, certificateDays)) {
    return {
      ...again,
      reason: `the certificate of ${url} ends in ${check.certificateDaysLeft} days, the plan wants ${certificateDays}`,
    };
  }
  if (inARow < consecutive) {
    return {
      ...again,
      reason: `${url} answered ${check.status}`,
      progress: { done: inARow, total: consecutive, unit: "good answers" },
    };
  }
  const days = check.certificateDaysLeft;
  return {
    is: "satisfied",
    because: `${url} answered ${check.status} ${inARow} times in a row${days === undefined ? "" : `, with a certificate good for ${days} days`}`,
  };
}
