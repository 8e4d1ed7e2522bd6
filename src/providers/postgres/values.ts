/**
 * How PostgreSQL's values become JavaScript's: nothing that loses digits or
 * moves a time zone. int8 and numeric stay strings (the driver's default);
 * dates, times and geometry stay the server's text; json is parsed.
 */
import { type CustomTypesConfig, types } from "pg";

type Format = "text" | "binary";

const keptAsText: ReadonlySet<number> = new Set([
  600,
  718,
  1017, // point, circle, point[]
  1082,
  1182, // date
  1083,
  1183, // time
  1114,
  1115, // timestamp
  1184,
  1185, // timestamptz
  1186,
  1187, // interval
  1266,
  1270, // timetz
]);

// Its types know the built-in oids only; extensions have others.
const builtIn = types.getTypeParser as (oid: number, format?: Format) => (text: string) => unknown;

export const valueTypes: CustomTypesConfig = {
  getTypeParser(oid: number, format?: Format) {
    if (keptAsText.has(oid) && format !== "binary") return (text: string) => text;
    return builtIn(oid, format);
  },
};
