/** The records of a domain: by list, and one by its id. */
import { sameName } from "../../../core/dns-name.ts";
import type { FaultSwitch } from "../../fault-switch.ts";
import type { DigitalOceanFault } from "../faults.ts";
import { pageOf } from "../http/pagination.ts";
import { type Call, nameOf, type Route } from "../http/route.ts";
import { domainOf, domainPath } from "./domain-routes.ts";
import type { Domain } from "./domain.ts";
import { type DomainRecord, fullName, patchRecord, readRecord, recordView } from "./record.ts";

type Faults = FaultSwitch<DigitalOceanFault>;

const list = `${domainPath}/records`;
const one = `${list}/{domain_record_id}`;

function shown(domain: Domain, record: DomainRecord): Record<string, unknown> {
  return { domain_record: recordView(record, domain.name) };
}

/** The filter's name is fully qualified; a relative one finds nothing. */
function matching(domain: Domain, call: Call): readonly DomainRecord[] {
  const name = call.query.get("name");
  const type = call.query.get("type");
  return domain.records.filter(
    (record) =>
      (name === null || sameName(fullName(record, domain.name), name)) &&
      (type === null || record.type === type),
  );
}

export function recordListRoutes(domains: readonly Domain[], faults: Faults): readonly Route[] {
  return [
    {
      method: "GET",
      template: list,
      scopes: ["domain:read"],
      handle: (call) => {
        const domain = domainOf(domains, call);
        const records = matching(domain, call).map((record) => recordView(record, domain.name));
        const page = pageOf(call, "domain_records", records);
        const cut = faults.take("page-missing", call);
        return { status: 200, body: cut ? { ...page, links: {} } : page };
      },
    },
    {
      method: "POST",
      template: list,
      scopes: ["domain:create", "domain:update"],
      handle: (call) => {
        const domain = domainOf(domains, call);
        return { status: 201, body: shown(domain, domain.add(readRecord(call.body, domain.name))) };
      },
    },
  ];
}

export function recordRoutes(domains: readonly Domain[], faults: Faults): readonly Route[] {
  const change = (call: Call, how: typeof patchRecord): Record<string, unknown> => {
    const domain = domainOf(domains, call);
    const before = domain.find(nameOf(call, "domain_record_id"));
    const after = domain.change(before.id, how(before, call.body, domain.name));
    if (faults.take("record-raced", call)) domain.change(before.id, before);
    return shown(domain, after);
  };
  return [
    {
      method: "GET",
      template: one,
      scopes: ["domain:read"],
      handle: (call) => {
        const domain = domainOf(domains, call);
        return { status: 200, body: shown(domain, domain.find(nameOf(call, "domain_record_id"))) };
      },
    },
    {
      method: "PATCH",
      template: one,
      scopes: ["domain:update"],
      handle: (call) => ({ status: 200, body: change(call, patchRecord) }),
    },
    {
      method: "PUT",
      template: one,
      scopes: ["domain:update"],
      handle: (call) => ({
        status: 200,
        body: change(call, (_, body, name) => readRecord(body, name)),
      }),
    },
    {
      method: "DELETE",
      template: one,
      scopes: ["domain:delete", "domain:update"],
      handle: (call) => {
        const domain = domainOf(domains, call);
        domain.remove(domain.find(nameOf(call, "domain_record_id")));
        return { status: 204 };
      },
    },
  ];
}
