/** Users of a cluster as roles of the real server behind it, made by its superuser. */
import type { Endpoint } from "../../../core/endpoint.ts";
import { quoteIdentifier, quoteLiteral } from "../../../core/identifier.ts";
import { withClient } from "../../../providers/postgres/index.ts";
import type { RoleStore } from "./cluster.ts";

/** `superuser`: the local server's own, which DigitalOcean's customers never get. */
export function postgresRoles(superuser: Endpoint, signal: AbortSignal): RoleStore {
  const run = async (statement: string): Promise<void> => {
    await withClient(
      superuser,
      { server: "source", signal, write: true, call: "change a role" },
      (client) => client.query(statement),
    );
  };
  const attribute = (replication: boolean): string =>
    replication ? "REPLICATION" : "NOREPLICATION";
  return {
    create: (name, password, replication) =>
      run(
        `CREATE ROLE ${quoteIdentifier(name)} LOGIN ${attribute(replication)} PASSWORD ${quoteLiteral(password.reveal())}`,
      ),
    setPassword: (name, password) =>
      run(`ALTER ROLE ${quoteIdentifier(name)} PASSWORD ${quoteLiteral(password.reveal())}`),
    setReplication: (name, replication) =>
      run(`ALTER ROLE ${quoteIdentifier(name)} ${attribute(replication)}`),
    drop: (name) => run(`DROP ROLE ${quoteIdentifier(name)}`),
  };
}
