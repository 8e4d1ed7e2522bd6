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

export function observeLogins(world: World, { signal }: StepContext): Promise<readonly Login[]> {
  const pairs = world.databases.flatMap(({ name, roles }) =>
    roles.map((role) => ({ database: name, role })),
  );
  return Promise.all(
    pairs.map(async ({ database, role }) => ({
      database,
      role,
      session: await reading(`role ${role} in database ${database}`, signal, () =>
        world.source.use(database, { signal, role, asApplication: true }, async (client) => {
          const { rows } = await client.query<{ default_transaction_read_only: string }>(
            "SHOW default_transaction_read_only",
          );
          return { readOnly: rows[0]?.default_transaction_read_only === "on" };
        }),
      ),
    })),
  );
}
