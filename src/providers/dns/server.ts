/**
 * Which DNS server to ask: an address and a port. Names are not taken, since
 * whatever resolves them may be the very thing that is being checked.
 */
import dns from "node:dns";
import net from "node:net";
import { UsageError } from "../../core/errors.ts";

export interface DnsServer {
  /** IPv4 or IPv6, without brackets. */
  readonly address: string;
  readonly port: number;
  /** The name of an authoritative server, where it was found by its NS record. */
  readonly name?: string;
}

/** `1.1.1.1`, `127.0.0.1:5353`, `2606:4700::1111`, `[::1]:5353`. Throws UsageError. */
export function parseDnsServer(text: string): DnsServer {
  const [, bracketed, plain, port] =
    /^(?:\[([^\]]+)\]|([^:]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*))(?::(\d{1,5}))?$/.exec(
      text.trim(),
    ) ?? [];
  const address = bracketed ?? plain ?? "";
  const number = port === undefined ? 53 : Number(port);
  const fits = bracketed === undefined ? net.isIP(address) !== 0 : net.isIPv6(address);
  if (!fits || number < 1 || number > 65_535) {
    throw new UsageError({
      message: `"${text}" is not the address of a DNS server.`,
      remedy: "Write an IP address with an optional port: 1.1.1.1, 127.0.0.1:5353 or [::1]:5353.",
    });
  }
  return { address, port: number };
}

/** `127.0.0.1:5353`, `1.1.1.1`, `ns1.example.com (192.0.2.1)`: for people and as a key. */
export function showDnsServer({ address, port, name }: DnsServer): string {
  const host = port === 53 ? address : `${net.isIPv6(address) ? `[${address}]` : address}:${port}`;
  return name === undefined ? host : `${name} (${host})`;
}

/** The resolvers of this machine, in their order. */
export function systemResolvers(): readonly DnsServer[] {
  return dns.getServers().map((text) => {
    // A link-local address carries its interface, which net.isIP accepts.
    return parseDnsServer(text);
  });
}
