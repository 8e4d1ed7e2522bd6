/**
 * One comparison in a process of its own, so that its memory can be measured.
 * Arguments come as JSON in BENCH; prints one JSON line.
 */
import { Secret } from "../../src/core/secret.ts";
import type { Endpoint } from "../../src/core/endpoint.ts";
import { connect } from "../../src/providers/postgres/index.ts";
import { compareDatabases, type Side } from "../../src/verification/index.ts";

export interface OnceOptions {
  readonly sessions: number;
  readonly source: OnceEnd;
  readonly target: OnceEnd;
}

export interface OnceEnd extends Pick<Endpoint, "host" | "port" | "database" | "user"> {
  readonly password: string;
  readonly ca: string;
}

const options = JSON.parse(process.env["BENCH"] ?? "{}") as OnceOptions;

function side(label: Side["label"], { password, ca, ...end }: OnceEnd): Side {
  const endpoint: Endpoint = {
    ...end,
    password: new Secret(password),
    tls: { mode: "verify-full", ca },
  };
  return {
    label,
    database: end.database,
    connect: (signal) => connect(endpoint, { server: label, signal }),
  };
}

const began = performance.now();
const comparison = await compareDatabases({
  source: side("source", options.source),
  target: side("target", options.target),
  signal: AbortSignal.timeout(3_600_000),
  options: { sessions: options.sessions },
});
const seconds = (performance.now() - began) / 1000;
const { equality, totals } = comparison;
process.stdout.write(
  `${JSON.stringify({ seconds, equality, rows: Number(totals.sourceRows), peakMb: process.resourceUsage().maxRSS / 1024 })}\n`,
);
