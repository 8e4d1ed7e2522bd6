/** An answer as it was on the wire beside what the SDK made of it. */
import type { FullOperationResponse } from "@azure/core-client";

const instant = /^\d{4}-\d\d-\d\dT[\d:]+(\.\d+)?Z$/;

/** One shape for the wire's and the SDK's: `properties` flattened, instants alike, defaults of the SDK left out. */
export function normal(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "string") return instant.test(value) ? new Date(value).toISOString() : value;
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, normal(field)]));
}

export async function wireAndMapped<T>(
  call: (options: { onResponse: (raw: FullOperationResponse) => void }) => Promise<T>,
): Promise<{ wire: Record<string, unknown>; mapped: T; status: number; text: string }> {
  let raw: FullOperationResponse | undefined;
  const mapped = await call({
    onResponse: (response) => {
      raw = response;
    },
  });
  const text = raw?.bodyAsText ?? "";
  const { properties, ...rest } = JSON.parse(text) as { properties?: object };
  return {
    wire: normal({ ...rest, ...properties }) as Record<string, unknown>,
    mapped,
    status: raw?.status ?? 0,
    text,
  };
}
