/**
 * Finds the handler for a method and a path. ARM compares paths without
 * regard to case; `{name}` takes one segment.
 */
import type { Handler } from "./call.ts";

export interface Route {
  readonly method: string;
  /** `/subscriptions/{subscription}/resourceGroups/{group}/...` */
  readonly path: string;
  readonly handler: Handler;
}

export interface Match {
  readonly handler: Handler;
  readonly names: Readonly<Record<string, string>>;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function namesFrom(
  pattern: readonly string[],
  path: readonly string[],
): Match["names"] | undefined {
  if (pattern.length !== path.length) return undefined;
  const names: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const segment = decoded(path[index] ?? "");
    if (expected.startsWith("{")) {
      if (segment === "") return undefined;
      names[expected.slice(1, -1)] = segment;
    } else if (expected.toLowerCase() !== segment.toLowerCase()) {
      return undefined;
    }
  }
  return names;
}

/** The first route that fits. A path with `/recordsets` must stand before `/{type}`. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): Match | undefined {
  const segments = path.split("/").slice(1);
  for (const route of routes) {
    if (route.method !== method) continue;
    const names = namesFrom(route.path.split("/").slice(1), segments);
    if (names !== undefined) return { handler: route.handler, names };
  }
  return undefined;
}
