/** Whether the application roles get in, and what their sessions may do by default. Reads only. */
import type { StepContext } from "../../../core/step.ts";
import type { World } from "../../world.ts";
import { reading, type Reading } from "../reading.ts";

export interface Login {
  readonly database: string;
  readonly role: string;
  /** What the session's transactions are by default, as the application has it. */
  readonly session: Reading<{ readonly readOnly: boolean }>;
}

/** One after the other within a database: a busy cluster has few connections to spare. */
export async function observeLogins(
  world: World,
  { signal }: StepContext,
): Promise<readonly Login[]> {
  const tried = world.databases.map(async ({ name: database, roles }) => {
    const logins: Login[] = [];
    for (const role of roles) {
      const subject = `role ${role} in database ${database}`;
      // oxlint-disable-next-line no-await-in-loop -- see above
      const session = await reading(subject, signal, () =>
        world.source.use(database, { signal, role, asApplication: true }, async (client) => {
          const { rows } = await client.query<{ default_transaction_read_only: string }>(
            "SHOW default_transaction_read_only",
          );
          return { readOnly: rows[0]?.default_transaction_read_only === "on" };
        }),
      );
      logins.push({ database, role, session });
    }
    return logins;
  });
  return (await Promise.all(tried)).flat();
}
