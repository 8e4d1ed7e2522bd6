/** The words of one validation: items by type, each with its messages. Pure. */
import type { Grade, ValidationItem } from "../migrations/migration.ts";

export interface Message {
  readonly state: Grade;
  readonly message: string;
}

export function failed(code: string, text: string): Message {
  return { state: "Failed", message: `${code}: ${text}` };
}

export function warning(text: string): Message {
  return { state: "Warning", message: text };
}

export function worst(grades: readonly Grade[]): Grade {
  if (grades.includes("Failed")) return "Failed";
  return grades.includes("Warning") ? "Warning" : "Succeeded";
}

export function item(type: string, messages: readonly Message[]): ValidationItem {
  return { type, state: worst(messages.map(({ state }) => state)), messages };
}
