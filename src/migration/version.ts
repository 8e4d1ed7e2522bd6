/** The version of this tool, from its own package.json: journaled, so that a resume can tell. */
import { readFileSync } from "node:fs";

const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");

export const toolVersion = (JSON.parse(text) as { readonly version: string }).version;
