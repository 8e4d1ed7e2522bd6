/** Server parameters as the text of a configuration file. Pure. */
import { UsageError } from "../../core/errors.ts";

/** Name to value, units included: `max_wal_senders: "20"`, `work_mem: "64MB"`. */
export type ServerSettings = { readonly [name: string]: string };

/**
 * Nothing here survives a power cut, which a rehearsal does not have to; a
 * killed server loses nothing, because the operating system keeps its writes.
 */
export const baseSettings: ServerSettings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  ssl: "on",
  ssl_cert_file: "server.crt",
  ssl_key_file: "server.key",
  ssl_min_protocol_version: "TLSv1.2",
  password_encryption: "scram-sha-256",
  fsync: "off",
  full_page_writes: "off",
  max_connections: "100",
  shared_buffers: "64MB",
  timezone: "UTC",
  log_timezone: "UTC",
  log_line_prefix: "%m [%p] %q%u@%d ",
};

/** Custom parameters have a dot: `azure.extensions`. */
const settingName = /^[A-Za-z_][\w]*(?:\.[A-Za-z_][\w]*)?$/;

/** Values are quoted always; `postgresql.conf` knows `''` and backslash escapes. */
export function settingsText(settings: ServerSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      if (!settingName.test(name)) {
        throw new UsageError({ message: `"${name}" is not the name of a server parameter.` });
      }
      return `${name} = '${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'\n`;
    })
    .join("");
}
