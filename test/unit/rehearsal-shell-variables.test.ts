import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { exportLines } from "../../src/rehearsal/stage/shell-variables.ts";

test("a shell reads back what was written, quotes, dollars and newlines too", () => {
  const values = {
    PASSWORD: `p x '"%\\$é\`!`,
    CA: "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n",
    EMPTY: "",
  };
  const script = `${exportLines(values)}\nprintf '%s|%s|%s|' "$PASSWORD" "$CA" "$EMPTY"`;
  const read = execFileSync("sh", ["-c", script], { encoding: "utf8" });
  expect(read).toBe(`${values.PASSWORD}|${values.CA}|${values.EMPTY}|`);
});
