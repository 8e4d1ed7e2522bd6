/** Is a Pulumi CLI there, where the product would find it? For tests that need the real one. */
import { ownSurroundings, pulumiFolders } from "../../src/compose.ts";
import { findPulumi } from "../../src/providers/pulumi/index.ts";

const found = await findPulumi(pulumiFolders(ownSurroundings), AbortSignal.timeout(30_000));

export const hasPulumi = found.is === "found";

export const needsPulumi = {
  meta: { whenSkipped: "needs the Pulumi CLI in .tools/bin or on PATH" },
} as const;
