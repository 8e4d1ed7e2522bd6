import { describe, expect, it } from "vitest";
import { carry } from "../../src/steps/access-carried/carry.ts";
import { refusals } from "../../src/steps/access-carried/refused.ts";

const statement = (at: number) => ({ sql: `S${at}`, shown: `S${at}`, settles: "" });
const many = Array.from({ length: 1000 }, (_, at) => statement(at));

/** Takes texts of statements as a server does: all of them, or none and the reason. */
function server(refuses: ReadonlySet<string>) {
  const done: string[] = [];
  const refused: string[] = [];
  let texts = 0;
  return {
    done,
    refused,
    texts: () => texts,
    run: async (sql: string): Promise<void> => {
      texts++;
      const each = sql.split(";\n");
      if (each.some((one) => refuses.has(one))) throw new Error("refused");
      done.push(...each);
    },
  };
}

const leaveOut =
  (to: string[]) =>
  async ({ shown }: { readonly shown: string }) =>
    void to.push(shown);

describe("statements of access", () => {
  it("go many at once, in their order", async () => {
    const one = server(new Set());
    await carry(many, { run: one.run, refused: leaveOut(one.refused) });
    expect(one.done).toEqual(many.map(({ sql }) => sql));
    expect(one.texts()).toBe(10);
  });

  it("all run but those that are refused, each told once", async () => {
    const refuses = new Set(["S3", "S4", "S777"]);
    const one = server(refuses);
    await carry(many, { run: one.run, refused: leaveOut(one.refused) });
    expect(one.refused).toEqual(["S3", "S4", "S777"]);
    expect(one.done).toEqual(many.map(({ sql }) => sql).filter((sql) => !refuses.has(sql)));
    expect(one.texts()).toBeLessThan(60);
  });

  it("end at one that may not be left out", async () => {
    const one = server(new Set(["S150"]));
    const refused = () => Promise.reject(new Error("the connection was lost"));
    await expect(carry(many, { run: one.run, refused })).rejects.toThrow("connection was lost");
    expect(one.done).toEqual(many.slice(0, 150).map(({ sql }) => sql));
  });
});

it("what one database's statement was refused for is not known of another's, though it reads the same", () => {
  const value = { statement: "S", reason: "no", database: "api" };
  const { database: _, ...ofEarlierVersion } = value;
  const note = (of: typeof value | typeof ofEarlierVersion) => [
    { step: "access", name: "access-refused", value: of, at: "" },
  ];
  expect([...refusals(note(value), "api").keys()]).toEqual(["S"]);
  expect([...refusals(note(value), "web").keys()]).toEqual([]);
  expect([...refusals(note(ofEarlierVersion), "web").keys()]).toEqual(["S"]);
});
