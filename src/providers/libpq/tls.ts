/**
 * libpq's `sslmode` and `sslrootcert` as what to try, in order. Only reads the
 * file of root certificates.
 */
import path from "node:path";
import type { TlsMode, TlsSettings } from "../../core/endpoint.ts";
import { UsageError } from "../../core/errors.ts";
import { homeOf, readIfThere } from "./files.ts";
import type { Environment, Parameters } from "./parameters.ts";

const modes: { readonly [sslmode: string]: readonly TlsMode[] | undefined } = {
  disable: ["disable"],
  allow: ["disable", "require"],
  prefer: ["require", "disable"],
  require: ["require"],
  "verify-ca": ["verify-ca"],
  "verify-full": ["verify-full"],
};

export async function tlsAttempts(
  parameters: Parameters,
  environment: Environment,
): Promise<readonly TlsSettings[]> {
  const named = parameters.get("sslrootcert") ?? "";
  const system = named === "system";
  const given = parameters.get("sslmode") ?? "";
  // libpq 16: with the system's authorities nothing weaker makes sense, and it is the default.
  const sslmode = given === "" ? (system ? "verify-full" : "prefer") : given;
  const attempts = modes[sslmode];
  if (attempts === undefined) {
    throw new UsageError({ message: `sslmode is one of ${Object.keys(modes).join(", ")}` });
  }
  if (system) {
    if (sslmode === "verify-full") return [{ mode: "verify-full" }];
    throw new UsageError({ message: "with sslrootcert=system, sslmode must be verify-full" });
  }
  if (sslmode === "disable") return [{ mode: "disable" }];
  const file = named === "" ? path.join(homeOf(environment), ".postgresql", "root.crt") : named;
  const ca = await readIfThere(file, "the file of root certificates");
  if (ca === undefined && sslmode.startsWith("verify")) {
    throw new UsageError({
      message: `sslmode=${sslmode} needs root certificates, and ${file} does not exist: name a file by sslrootcert, or give sslrootcert=system with sslmode=verify-full for the public authorities`,
    });
  }
  // Where the file is, libpq checks the chain in every mode.
  return attempts.map((mode) => (mode === "disable" || ca === undefined ? { mode } : { mode, ca }));
}
