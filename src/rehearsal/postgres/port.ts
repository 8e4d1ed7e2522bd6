/** A port of 127.0.0.1 that is free now; another process may take it before its user does. */
import { once } from "node:events";
import net from "node:net";

export async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as net.AddressInfo;
  const closed = once(probe, "close");
  probe.close();
  await closed;
  return port;
}
