/** Domains: list and get. */
import { canonicalName } from "../../../core/dns-name.ts";
import { notFound } from "../http/api-error.ts";
import { pageOf } from "../http/pagination.ts";
import { type Call, nameOf, type Route } from "../http/route.ts";
import type { Domain } from "./domain.ts";
import { ttlDefault } from "./record.ts";

export const domainPath = "/v2/domains/{domain_name}";

/** By the name in the path. Throws the API's 404. */
export function domainOf(domains: readonly Domain[], call: Call): Domain {
  const name = canonicalName(nameOf(call, "domain_name"));
  const domain = domains.find((each) => each.name === name);
  if (domain === undefined) throw notFound();
  return domain;
}

function domainView(domain: Domain): Record<string, unknown> {
  return { name: domain.name, ttl: ttlDefault, zone_file: domain.zoneFile };
}

export function domainRoutes(domains: readonly Domain[]): readonly Route[] {
  return [
    {
      method: "GET",
      template: "/v2/domains",
      scopes: ["domain:read"],
      handle: (call) => ({ status: 200, body: pageOf(call, "domains", domains.map(domainView)) }),
    },
    {
      method: "GET",
      template: domainPath,
      scopes: ["domain:read"],
      handle: (call) => ({ status: 200, body: { domain: domainView(domainOf(domains, call)) } }),
    },
  ];
}
