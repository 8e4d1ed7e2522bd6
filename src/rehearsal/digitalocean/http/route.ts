/** Routes: a method, a path template as the OpenAPI writes it, the scopes, a handler. */
import { notFound, unprocessable } from "./api-error.ts";

export const scopes = [
  "database:read",
  "database:create",
  "database:update",
  "database:delete",
  "database:view_credentials",
  "domain:read",
  "domain:create",
  "domain:update",
  "domain:delete",
] as const;
export type Scope = (typeof scopes)[number];

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The `{names}` of the template, decoded. */
  readonly names: Readonly<Record<string, string>>;
  /** An empty object when the request had no body. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly scopes: ReadonlySet<Scope>;
  /** `https://127.0.0.1:port` */
  readonly origin: string;
}

export interface Answer {
  readonly status: number;
  /** Absent: no content. */
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/v2/databases/{database_cluster_uuid}` */
  readonly template: string;
  /** Any one of these lets the call through. */
  readonly scopes: readonly Scope[];
  handle(call: Call): Answer | Promise<Answer>;
}

export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { readonly route: Route; readonly names: Record<string, string> } | undefined {
  const segments = path.split("/");
  for (const route of routes) {
    const template = route.template.split("/");
    if (route.method !== method || template.length !== segments.length) continue;
    const names: Record<string, string> = {};
    const fits = template.every((part, index) => {
      const segment = segments[index] ?? "";
      if (!part.startsWith("{")) return part === segment;
      names[part.slice(1, -1)] = decodeURIComponent(segment);
      return segment !== "";
    });
    if (fits) return { route, names };
  }
  return undefined;
}

export function nameOf(call: Call, name: string): string {
  const value = call.names[name];
  if (value === undefined) throw notFound();
  return value;
}

/** A text that the body must have. */
export function textField(body: Readonly<Record<string, unknown>>, field: string): string {
  const value = body[field];
  if (typeof value !== "string" || value === "") throw unprocessable(`${field} is required`);
  return value;
}

export function numberField(body: Readonly<Record<string, unknown>>, field: string): number {
  const value = body[field];
  if (typeof value !== "number" || !Number.isInteger(value))
    throw unprocessable(`${field} must be an integer`);
  return value;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
