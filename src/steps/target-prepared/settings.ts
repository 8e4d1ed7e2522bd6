/** What a plan says about the target, beyond what can be read off the source. */
import { z } from "zod";
import { text } from "../../core/plan/reference.ts";

export const settings = z.strictObject({
  parameters: z
    .record(z.string(), z.string())
    .default({})
    .describe('Server parameters of the target, by name: `max_connections: "200"`.'),
  firewall: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[A-Za-z0-9_-]{1,80}$/, { error: "letters, digits, `-` and `_`, at most 80" })
          .describe("Name of the rule."),
        first: text().describe("First IPv4 address."),
        last: text().optional().describe("Last IPv4 address. Default: the first."),
      }),
    )
    .default([])
    .describe("Firewall rules for whoever must reach the target: this machine, the applications."),
  leaveOut: z
    .array(z.string())
    .default([])
    .describe("Extensions of the source that the target need not allow."),
});

export type PrepareSettings = z.infer<typeof settings>;
