/** Which fields of a plan differ from those that a run was begun with. */
import { isMapping } from "../json.ts";

/** `steps[2].maxLag: "10s" -> "1m"`, one line for each; empty when equal. */
export function changedFields(before: unknown, after: unknown, path = ""): string[] {
  if (isMapping(before) && isMapping(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) =>
      changedFields(before[key], after[key], path === "" ? key : `${path}.${key}`),
    );
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      changedFields(before[index], after[index], `${path}[${index}]`),
    );
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const change = `${show(before)} -> ${show(after)}`;
  return [path === "" ? change : `${path}: ${change}`];
}

function show(value: unknown): string {
  return value === undefined ? "(absent)" : JSON.stringify(value);
}
