/** The rows of the generated database `api`, made by the server itself. Order: parents first. */
import type { Counts } from "./scale.ts";

export const apiShares = {
  users: 5,
  workspaces: 1,
  workspace_members: 2,
  repos: 6,
  contributions: 14,
  pull_requests: 14,
  maintainers: 1,
  repo_visits: 3,
  highlights: 4,
  emojis: 0.02,
  highlight_reactions: 5,
  follows: 3,
  user_lists: 1,
  list_contributors: 3,
  notifications: 6,
  releases: 2,
  stars_history: 4,
  bug_reports: 0.5,
  customers: 0.5,
  coupons: 0.05,
  invoices: 2,
  audit_log: 1,
  auth_providers: 0.01,
  auth_sessions: 4,
} as const;

/**
 * Pairs for tables whose key is two numbers: distinct for every g below
 * a * b, because g / a is the second one.
 */
const pair = (a: number, b: number): readonly [string, string] => [
  `(g % ${a} + 1)`,
  `(g / ${a} % ${b} + 1)`,
];

function rowsOf(
  table: string,
  columns: string,
  values: string,
  from: number,
  rows: number,
): string {
  return `INSERT INTO public.${table} (${columns}) SELECT ${values} FROM generate_series(${from}::bigint, ${from + rows - 1}) g`;
}

/** A table with a two-number key cannot hold more rows than there are pairs. */
function pairRows(rows: number, a: number, b: number): number {
  return Math.min(rows, a * b);
}

function community(c: Counts<typeof apiShares>): readonly string[] {
  const user = (salt: number): string => `pg_temp.pick(g, ${salt}, ${c.users}) + 1`;
  const repo = (salt: number): string => `pg_temp.pick(g, ${salt}, ${c.repos}) + 1`;
  return [
    rowsOf(
      "users",
      "login, email, bio, interests, settings, is_onboarded, created_at",
      `'User' || g, CASE WHEN g % 7 > 0 THEN 'user' || g || '@example.org' END, pg_temp.prose(g, 1),
       CASE g % 3 WHEN 0 THEN '{}'::text[] ELSE ARRAY[pg_temp.one_of(g, 4, '{rust,go,typescript}'), 'naïve, "quoted"', NULL] END,
       jsonb_build_object('theme', pg_temp.one_of(g, 5, '{dark,light}'), 'size', pg_temp.pick(g, 6, 40) / 4.0, 'tags', jsonb_build_array(g, NULL, 'é')),
       g % 2 = 0, pg_temp.moment(g, 7)`,
      1,
      c.users,
    ),
    rowsOf(
      "workspaces",
      "id, name, owner_id, is_public, created_at",
      `pg_temp.id_of(g, 10), 'Workspace ' || g, ${user(11)}, g % 3 > 0, pg_temp.moment(g, 12)`,
      1,
      c.workspaces,
    ),
    `UPDATE public.users SET current_workspace_id = pg_temp.id_of(id % ${c.workspaces} + 1, 10) WHERE id % 4 > 0`,
    rowsOf(
      "workspace_members",
      "workspace_id, user_id, role",
      `pg_temp.id_of(${pair(c.workspaces, c.users)[0]}, 10), ${pair(c.workspaces, c.users)[1]}, pg_temp.one_of(g, 13, '{owner,editor,viewer}')`,
      0,
      pairRows(c.workspace_members, c.workspaces, c.users),
    ),
    rowsOf(
      "repos",
      "full_name, description, topics, license, stars, health, created_at",
      `'org' || g % 97 || '/repo-' || g, CASE WHEN g % 5 > 0 THEN pg_temp.prose(g, 20) END, ARRAY[pg_temp.one_of(g, 23, '{cli,web,data}'), 'topic' || g % 11],
       CASE WHEN g % 9 > 0 THEN pg_temp.one_of(g, 24, '{MIT,Apache-2.0,GPL-3.0}') END, pg_temp.pick(g, 25, 60000), pg_temp.pick(g, 26, 1000000) / 1000.0, pg_temp.moment(g, 27)`,
      1,
      c.repos,
    ),
    rowsOf(
      "contributions",
      "repo_id, user_id, commits, share, last_commit",
      `${repo(30)}, ${user(31)}, pg_temp.pick(g, 32, 900) + 1, pg_temp.pick(g, 33, 1000000) / 1e6::float8 / 3, pg_temp.moment(g, 34)`,
      1,
      c.contributions,
    ),
    rowsOf(
      "pull_requests",
      "id, repo_id, author, title, additions, opened_at, merged_at",
      `g, ${repo(40)}, 'User' || (${user(41)}), pg_temp.prose(g, 42), NULLIF(pg_temp.pick(g, 45, 5000), 0), pg_temp.moment(g, 46), CASE WHEN g % 3 > 0 THEN pg_temp.moment(g, 46) + g % 40 * interval '1 day' END`,
      1,
      c.pull_requests,
    ),
    rowsOf(
      "maintainers",
      "repo_id, login, since",
      `${repo(50)}, 'User' || (${user(51)}), CASE WHEN g % 6 > 0 THEN date '2020-01-01' + pg_temp.pick(g, 52, 1500) END`,
      1,
      c.maintainers,
    ),
    rowsOf(
      "repo_visits",
      "repo_id, visitor, seen_at",
      `${repo(53)}, CASE WHEN g % 4 > 0 THEN ('10.' || g % 250 || '.0.0/16')::inet ELSE '2001:db8::1' END, pg_temp.moment(g % 1000, 54)`,
      1,
      c.repo_visits,
    ),
  ];
}

function highlights(c: Counts<typeof apiShares>): readonly string[] {
  const user = (salt: number): string => `pg_temp.pick(g, ${salt}, ${c.users}) + 1`;
  const repo = (salt: number): string => `pg_temp.pick(g, ${salt}, ${c.repos}) + 1`;
  const [reactionHighlight, reactionUser] = pair(c.highlights, c.users);
  const [follower, followed] = pair(c.users, c.users);
  return [
    rowsOf(
      "highlights",
      "user_id, repo_id, body, pinned, created_at",
      `${user(60)}, CASE WHEN g % 8 > 0 THEN ${repo(61)} END, pg_temp.prose(g, 62) || repeat(' lorem ipsum', g::int % 9), g % 50 = 0, pg_temp.moment(g, 65)`,
      1,
      c.highlights,
    ),
    rowsOf(
      "emojis",
      "id, name, image",
      `g, 'emoji-' || g, pg_temp.bytes_of(g, 66)`,
      1,
      Math.min(c.emojis, 30_000),
    ),
    rowsOf(
      "highlight_reactions",
      "highlight_id, user_id, emoji_id",
      `${reactionHighlight}, ${reactionUser}, g % ${Math.min(c.emojis, 30_000)} + 1`,
      0,
      pairRows(c.highlight_reactions, c.highlights, c.users),
    ),
    rowsOf(
      "follows",
      "follower_id, followed_id, followed_at",
      `${follower}, ${followed}, pg_temp.moment(g, 67)`,
      0,
      pairRows(c.follows, c.users, c.users),
    ),
  ];
}

function activity(c: Counts<typeof apiShares>): readonly string[] {
  const user = (salt: number): string => `pg_temp.pick(g, ${salt}, ${c.users}) + 1`;
  const [historyRepo, historyDay] = pair(c.repos, 2000);
  return [
    rowsOf(
      "user_lists",
      "id, user_id, name, filters",
      `pg_temp.id_of(g, 70), ${user(71)}, pg_temp.prose(g, 72), CASE WHEN g % 5 > 0 THEN ('{"b": ' || g || ',  "a":[1, 2], "b": null}')::json END`,
      1,
      c.user_lists,
    ),
    rowsOf(
      "list_contributors",
      "list_id, login",
      `pg_temp.id_of(g % ${c.user_lists} + 1, 70), 'User' || (g / ${c.user_lists} + 1)`,
      0,
      c.list_contributors,
    ),
    rowsOf(
      "notifications",
      "user_id, kind, message, read_at",
      `${user(75)}, pg_temp.one_of(g, 76, '{highlight,reaction,collaboration,follow}')::public.notification_kind, pg_temp.prose(g, 77), CASE WHEN g % 2 = 0 THEN pg_temp.moment(g, 79) END`,
      1,
      c.notifications,
    ),
    rowsOf(
      "releases",
      "repo_id, tag, notes, published_on",
      `g % ${c.repos} + 1, 'v' || (g / ${c.repos}) || '.0.0', NULLIF(pg_temp.prose(g, 80), ''), date '2021-03-28' + pg_temp.pick(g, 83, 1500)`,
      0,
      c.releases,
    ),
    rowsOf(
      "stars_history",
      "repo_id, on_day, stars",
      `${historyRepo}, date '2019-12-31' + (${historyDay})::int, pg_temp.pick(g, 84, 90000)`,
      0,
      pairRows(c.stars_history, c.repos, 2000),
    ),
    rowsOf(
      "bug_reports",
      "id, title, details, reported_at",
      `pg_temp.id_of(g, 85), pg_temp.prose(g, 86), jsonb_build_object('n', 0.1 + g, 'big', 12345678901234567890.5 * g, 'nested', jsonb_build_object('z', NULL, 'a', '\\u00e9')), pg_temp.moment(g, 88) AT TIME ZONE 'UTC'`,
      1,
      c.bug_reports,
    ),
  ];
}

function billing(c: Counts<typeof apiShares>): readonly string[] {
  const customers = Math.min(c.customers, c.workspaces);
  return [
    rowsOf(
      "customers",
      "workspace_id, balance, vat_number",
      `pg_temp.id_of(g, 10), pg_temp.pick(g, 90, 100000000) / 10000.0 - 3000, CASE WHEN g % 2 = 0 THEN 'DE' || lpad(g::text, 9, '0') END`,
      1,
      customers,
    ),
    rowsOf(
      "coupons",
      "code, percent, valid",
      `'SAVE-' || g, CASE g % 4 WHEN 0 THEN 'NaN' ELSE (g % 70)::numeric / 3 END, daterange(date '2024-01-01' + g::int, CASE WHEN g % 3 > 0 THEN date '2025-01-01' + g::int END)`,
      1,
      c.coupons,
    ),
    rowsOf(
      "invoices",
      "customer_id, total, lines, issued_at",
      `pg_temp.pick(g, 91, ${customers}) + 1, pg_temp.pick(g, 92, 9000000) / 100.0, ARRAY[jsonb_build_object('sku', g % 40, 'price', pg_temp.pick(g, 93, 9999) / 100.0)], pg_temp.moment(g, 94)`,
      1,
      c.invoices,
    ),
    rowsOf("audit_log", "what, at", `'imported ' || g, pg_temp.moment(g, 95)`, 1, c.audit_log),
    rowsOf(
      "auth_providers",
      "name, client_id, scopes",
      `'provider-' || g, pg_temp.id_of(g, 96), ARRAY['read:user', 'repo']`,
      1,
      c.auth_providers,
    ),
    rowsOf(
      "auth_sessions",
      "id, user_id, provider, token_hash, address, expires_at",
      `pg_temp.id_of(g, 97), pg_temp.pick(g, 98, ${c.users}) + 1, 'provider-' || (g % ${c.auth_providers} + 1), pg_temp.bytes_of(g, 99), ('192.168.' || g % 250 || '.' || g / 250 % 250)::inet, CASE WHEN g % 20 = 0 THEN 'infinity' ELSE pg_temp.moment(g, 100) END`,
      1,
      c.auth_sessions,
    ),
  ];
}

export function apiRows(counts: Counts<typeof apiShares>): readonly string[] {
  return [...community(counts), ...highlights(counts), ...activity(counts), ...billing(counts)];
}
