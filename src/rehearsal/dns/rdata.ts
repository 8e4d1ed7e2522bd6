/** From a record's text, as the clouds' APIs write it, to dns-packet's data. Pure. */
import type { Answer, CaaData } from "dns-packet";
import { canonicalName } from "../../core/dns-name.ts";

export const zoneTypes = ["A", "AAAA", "CNAME", "TXT", "MX", "NS", "CAA", "SRV"] as const;
export type ZoneType = (typeof zoneTypes)[number];

export function isZoneType(type: string): type is ZoneType {
  return zoneTypes.some((known) => known === type);
}

/** A character string of TXT holds at most 255 bytes (RFC 1035 3.3). */
function strings(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length || at === 0; at += 255)
    parts.push(bytes.subarray(at, at + 255));
  return parts;
}

/**
 * `value` in presentation form: `192.0.2.1`, `target.example.com`, `10 mx.example.com`,
 * `0 issue letsencrypt.org`, `priority weight port target`, a TXT's text without quotes.
 */
export function toAnswer(name: string, type: ZoneType, ttl: number, value: string): Answer {
  const words = value.trim().split(/\s+/);
  const [first = "", second = "", third = "", fourth = ""] = words;
  switch (type) {
    case "A":
    case "AAAA":
      return { name, type, ttl, class: "IN", data: value.trim() };
    case "CNAME":
    case "NS":
      return { name, type, ttl, class: "IN", data: canonicalName(value) };
    case "TXT":
      return { name, type, ttl, class: "IN", data: strings(value) };
    case "MX":
      return {
        name,
        type,
        ttl,
        class: "IN",
        data: { preference: Number(first), exchange: canonicalName(second) },
      };
    case "CAA": {
      const tag = second as CaaData["tag"];
      const target = words.slice(2).join(" ").replaceAll('"', "");
      return { name, type, ttl, class: "IN", data: { flags: Number(first), tag, value: target } };
    }
    case "SRV": {
      const data = {
        priority: Number(first),
        weight: Number(second),
        port: Number(third),
        target: canonicalName(fourth),
      };
      return { name, type, ttl, class: "IN", data };
    }
  }
}
