/** Pages of a list: `page` and `per_page` (20, at most 200), absolute links, `meta.total`. Pure. */
import type { Call } from "./route.ts";
import { unprocessable } from "./api-error.ts";

function positive(call: Call, name: string, fallback: number): number {
  const text = call.query.get(name);
  if (text === null) return fallback;
  if (!/^[1-9]\d*$/.test(text)) throw unprocessable(`${name} must be a positive integer`);
  return Number(text);
}

/** `links` is empty where everything fits on one page. */
export function pageOf(
  call: Call,
  key: string,
  items: readonly unknown[],
): Record<string, unknown> {
  const perPage = Math.min(200, positive(call, "per_page", 20));
  const page = positive(call, "page", 1);
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const link = (number: number): string => {
    const query = new URLSearchParams(call.query);
    query.set("page", String(number));
    query.set("per_page", String(perPage));
    return `${call.origin}${call.path}?${query.toString()}`;
  };
  const pages = {
    ...(page > 1 ? { first: link(1), prev: link(page - 1) } : {}),
    ...(page < last ? { next: link(page + 1), last: link(last) } : {}),
  };
  return {
    [key]: items.slice((page - 1) * perPage, page * perPage),
    links: Object.keys(pages).length === 0 ? {} : { pages },
    meta: { total: items.length },
  };
}
