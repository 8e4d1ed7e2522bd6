/**
 * One of everything in both clouds, asked over their own interfaces: one
 * migration a name and none active, each firewall rule once, one record that
 * leads to the right place, one effective update of the stack.
 */
import { readdir, readFile } from "node:fs/promises";
import https from "node:https";
import path from "node:path";
import { names } from "../../../src/rehearsal/cloud/settings.ts";
import type { TestStage } from "../../support/set-stage.ts";

const over = new Set(["Succeeded", "Canceled", "Failed", "ValidationFailed"]);

export async function cloudProblems(
  at: TestStage,
  ending: "finished" | "withdrawn",
): Promise<readonly string[]> {
  const [migrations, rules, record, updates] = await Promise.all([
    migrationProblems(at, ending),
    firewallProblems(at, ending),
    recordProblems(at, ending),
    at.stage.through === "pulumi" ? effectiveUpdates(at.folder) : [],
  ]);
  const expected = ending === "finished" ? 1 : 0;
  return [
    ...migrations,
    ...rules,
    ...record,
    ...(at.stage.through === "pulumi" && updates.length !== expected
      ? [
          `The stack had ${updates.length} updates that changed something (${updates.join(", ")}), not ${expected}.`,
        ]
      : []),
  ];
}

async function migrationProblems(
  at: TestStage,
  ending: "finished" | "withdrawn",
): Promise<readonly string[]> {
  const { migrations } = await at.look();
  const twice = migrations.filter(
    ({ name }, index) => migrations.findIndex((other) => other.name === name) !== index,
  );
  const active = migrations.filter(({ state }) => !over.has(state ?? ""));
  const last = migrations.at(-1);
  return [
    ...twice.map(({ name }) => `Azure was asked twice for the migration ${name}.`),
    ...active.map(({ name, state }) => `Migration ${name} is still ${state} at the end.`),
    ...(ending === "finished" && last?.state !== "Succeeded"
      ? [`The last migration is ${last?.state ?? "not there"}.`]
      : []),
  ];
}

async function firewallProblems(
  at: TestStage,
  ending: "finished" | "withdrawn",
): Promise<readonly string[]> {
  const { environment } = at.stage.cloud.facts;
  const { subscription, resourceGroup, server } = names;
  const answer = await ask(
    at,
    `${environment["REHEARSAL_AZURE_ENDPOINT"]}/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${server}/firewallRules?api-version=2025-08-01`,
    environment["REHEARSAL_AZURE_TOKEN"] ?? "",
  );
  const rules = (answer as { value: readonly { name: string }[] }).value.map(({ name }) => name);
  const expected = ending === "finished" ? ["opensauced-migrate"] : [];
  return rules.join() === expected.join()
    ? []
    : [`The target's firewall has the rules [${rules.join(", ")}], not [${expected.join(", ")}].`];
}

async function recordProblems(
  at: TestStage,
  ending: "finished" | "withdrawn",
): Promise<readonly string[]> {
  const { environment } = at.stage.cloud.facts;
  const answer = await ask(
    at,
    `${environment["REHEARSAL_DO_ENDPOINT"]}/v2/domains/${names.zone}/records?per_page=200`,
    environment["REHEARSAL_DO_TOKEN"] ?? "",
  );
  const records = (
    answer as {
      domain_records: readonly { type: string; name: string; data: string; ttl: number }[];
    }
  ).domain_records.filter(({ type, name }) => type === "A" && name === names.record);
  const expected = ending === "finished" ? names.newAddress : names.oldAddress;
  const problems =
    records.length === 1 ? [] : [`There are ${records.length} records for one name.`];
  for (const { data, ttl } of records) {
    if (data !== expected) problems.push(`The record leads to ${data}, not to ${expected}.`);
    if (ending === "withdrawn" && ttl !== 40) problems.push(`The record's TTL is ${ttl}, not 40.`);
  }
  return problems;
}

/** After the one that made the stack. */
async function effectiveUpdates(folder: string): Promise<readonly string[]> {
  const history = path.join(folder, "pulumi-state", ".pulumi", "history", "rehearsal", "live");
  const files = (await readdir(history)).filter((file) => file.endsWith(".history.json"));
  const updates = await Promise.all(
    files.toSorted().map(async (file) => ({
      file,
      update: JSON.parse(await readFile(path.join(history, file), "utf8")) as {
        kind: string;
        result: string;
        resourceChanges?: { readonly [operation: string]: number };
      },
    })),
  );
  return updates
    .filter(({ update }) => Object.keys(update.resourceChanges ?? {}).includes("update"))
    .map(({ file }) => file);
}

async function ask(at: TestStage, url: string, token: string): Promise<unknown> {
  const ca = at.stage.cloud.facts.environment["REHEARSAL_CA"] ?? "";
  const text = await new Promise<string>((resolve, reject) => {
    const request = https.get(url, { ca, headers: { Authorization: `Bearer ${token}` } });
    request.once("error", reject).once("response", (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response
        .once("error", reject)
        .once("end", () =>
          response.statusCode === 200
            ? resolve(body)
            : reject(new Error(`${url} answered ${response.statusCode}: ${body}`)),
        );
    });
  });
  return JSON.parse(text);
}
