/** Where an application's configuration is, and what it shall say. */
import { z } from "zod";
import { secret, text } from "../../core/plan/reference.ts";

const template = text().describe(
  "A text with references: `${target:ROLE@DATABASE.url}`, or `.host`, `.port`, `.database`, `.user`, `.password`.",
);

const pulumi = z
  .strictObject({
    dir: text().describe("Folder of the Pulumi program, relative to the plan."),
    stack: text().describe("The stack."),
    backend: text()
      .optional()
      .describe("Backend URL. Default: the project's or the environment's."),
    passphrase: secret()
      .optional()
      .describe("The stack's passphrase. Default: PULUMI_CONFIG_PASSPHRASE of the environment."),
    config: z.record(z.string(), template).default({}).describe("Configuration keys in clear."),
    secrets: z
      .record(z.string(), template)
      .default({})
      .describe("Configuration keys that are stored encrypted; handed over by standard input."),
    expect: z
      .array(z.string())
      .default([])
      .describe("URNs (or their last part, `*` for anything) that the preview must change."),
    allow: z
      .array(
        z.strictObject({
          urn: z.string().describe("URN, or its last part, with `*` for anything."),
          changes: z
            .array(z.enum(["create", "update", "replace", "delete"]))
            .min(1)
            .describe("What may happen to it."),
        }),
      )
      .default([])
      .describe(
        "Changes that are allowed beyond creating and updating. pulumi-kubernetes replaces a Secret whose data changes.",
      ),
    outputs: z
      .record(z.string(), template)
      .default({})
      .describe("Outputs of the stack that must read so afterwards."),
  })
  .describe("A Pulumi stack, through the Pulumi CLI. One of `pulumi` and `file` is given.");

const file = z
  .strictObject({
    path: text().describe("The file, relative to the plan."),
    set: z.record(z.string(), template).describe("Variables to set; the others stay as they are."),
  })
  .describe("An env file (`KEY=value` lines), written whole or not at all, mode 0600.");

export const settings = z
  .strictObject({ pulumi: pulumi.optional(), file: file.optional() })
  .refine((given) => (given.pulumi === undefined) !== (given.file === undefined), {
    error: "give exactly one of `pulumi` and `file`",
  });

export type RepointSettings = z.infer<typeof settings>;
export type PulumiSettings = z.infer<typeof pulumi>;
export type FileSettings = z.infer<typeof file>;
