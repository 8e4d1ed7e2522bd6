/** libpq's TLS modes as Node's TLS options. Pure. */
import net from "node:net";
import tls from "node:tls";
import type { Endpoint } from "../../core/endpoint.ts";

/**
 * `require` with a CA checks the chain, as libpq does when a root certificate
 * is there. The name is checked against the host of the endpoint: Node would
 * check `localhost` for a host that is an IP address, because the driver hands
 * it an already connected socket.
 */
export function tlsOptions(endpoint: Endpoint): tls.ConnectionOptions | false {
  const { mode, ca } = endpoint.tls;
  if (mode === "disable") return false;
  const trust = {
    ...(ca === undefined ? {} : { ca }),
    // The driver names to the server what it connects to: not an address, which has no name.
    ...(endpoint.address !== undefined && net.isIP(endpoint.host) === 0
      ? { servername: endpoint.host }
      : {}),
  };
  if (mode === "verify-full") {
    return {
      ...trust,
      rejectUnauthorized: true,
      checkServerIdentity: (_, certificate) => tls.checkServerIdentity(endpoint.host, certificate),
    };
  }
  if (mode === "verify-ca" || ca !== undefined) {
    return { ...trust, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  }
  return { ...trust, rejectUnauthorized: false };
}
