/**
 * Does this machine have PostgreSQL's client tools, as the product looks for
 * them? Exit code 1 and the way to get them: no. Arguments: the oldest major
 * version that will do, and `--quiet`.
 */
import { findTools } from "../src/providers/postgres-tools/find.ts";

const [major = "15", quiet] = process.argv.slice(2);
const found = await findTools({
  path: process.env["PATH"] ?? "",
  major: Number(major),
  signal: AbortSignal.timeout(20_000),
});
if (found.is === "missing") {
  process.exitCode = 1;
  if (quiet !== "--quiet") process.stderr.write(`${found.message}\n${found.remedy}\n`);
}
