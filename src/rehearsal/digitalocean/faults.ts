/** Every way in which the stand-in can misbehave on request. */
import type { FaultKind } from "../fault-switch.ts";

const retries = "godo: retries 429 and 5xx, four times, 1 to 30 s";

/** Strike a request itself. `path` of a setting narrows them to a part of the API. */
export const requestFaults = {
  "http-429": {
    imitates: "the burst limit: 429 with retry-after: `amount` seconds (default 1)",
    source: "openapi description: retry-after is sent for the burst limit only",
    times: 2,
  },
  "http-429-hourly": {
    imitates:
      "the hourly limit: 429 without retry-after; ratelimit-reset lies `amount` seconds ahead (default 1)",
    source: "openapi description: ratelimit-reset is when the oldest request expires",
    times: 1,
  },
  "http-500": { imitates: "server_error before any effect", source: retries, times: 2 },
  "http-503": { imitates: "503 before any effect", source: retries, times: 2 },
  "http-409": {
    imitates: "409: something else changes the resource right now",
    source: "openapi: conflict; godo does not retry it",
    times: 1,
  },
  "http-400-echo": {
    imitates: "a refusal that repeats the token it was sent",
    source: "gateways quote the header that they could not read",
    times: 1,
  },
  "http-html-200": {
    imitates: "an HTML page with status 200: a proxy's login page instead of the API",
    source: "captive portals",
    times: 1,
  },
  "http-html": {
    imitates: "an HTML page of a gateway, status 502",
    source: "load balancer errors",
    times: 1,
  },
  "http-hang": {
    imitates: "a request that is never answered",
    source: "load balancer idle timeouts",
    times: 1,
  },
  "http-truncated": {
    imitates: "an answer cut off in the middle",
    source: "connection loss",
    times: 1,
  },
  "reset-before-effect": {
    imitates: "connection reset, nothing was done",
    source: retries,
    times: 1,
  },
  "reset-after-effect": {
    imitates: "connection reset after the effect: done or not?",
    source: "there is no idempotency key, so a repeated POST may create twice",
    times: 1,
  },
  "token-expired": {
    imitates: "401 for a token that was good before",
    source: "personal tokens expire and are revoked",
    times: 1,
  },
} as const satisfies Record<string, FaultKind>;

/** What the service itself does. */
export const serviceFaults = {
  "cluster-unknown-status": {
    imitates: "a cluster whose status is a word that the schema does not list",
    source: "openapi: the list of statuses grew between versions",
  },
  "cluster-not-online": {
    imitates: "status `resizing` (someone else resizes the cluster)",
    source: "openapi: PUT /resize answers 202 and the status is `resizing` meanwhile",
  },
  "cluster-404": {
    imitates: "404 for a cluster that is there",
    source: "terraform-provider-digitalocean #361, #728: right after create",
    times: 2,
  },
  "backups-412": {
    imitates: "412 from the list of backups: the first one is still being made",
    source: "terraform-provider-digitalocean resource_database_cluster_test.go",
  },
  "maintenance-pending": {
    imitates: "maintenance_window.pending: an update is due in the next window",
    source: "openapi database_maintenance_window",
  },
  "fork-stuck": {
    imitates: "a fork that stays `creating`",
    source: "doctl gives up after 30 minutes",
  },
  "replica-active": {
    imitates: "a replica whose status ends in `active`, which the schema does not list",
    source: "openapi prose of the replica endpoints",
  },
  "firewall-raced": {
    imitates: "someone else's PUT right after ours, which replaces the whole list",
    source: "openapi: PUT replaces all rules, and there is no ETag",
    times: 1,
  },
  "page-missing": {
    imitates: "a first page without a link to the next one, while meta.total counts more",
    source: "openapi: links may be absent or empty; records come and go between two pages",
    times: 1,
  },
  "record-raced": {
    imitates: "someone else changes the record back right after our PATCH",
    source: "domain records have no If-Match",
    times: 1,
  },
} as const satisfies Record<string, FaultKind>;

export const digitalOceanFaults = { ...requestFaults, ...serviceFaults };

export type DigitalOceanFault = keyof typeof digitalOceanFaults;

export function isDigitalOceanFault(name: string): name is DigitalOceanFault {
  return Object.hasOwn(digitalOceanFaults, name);
}
