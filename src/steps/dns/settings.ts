/** Which DNS record a step is about, and who is asked about it. */
import { z } from "zod";
import { text } from "../../core/plan/reference.ts";

export const recordPlace = {
  digitalocean: z
    .strictObject({ zone: text().describe("The domain, as DigitalOcean lists it.") })
    .optional()
    .describe("The record is in DigitalOcean's DNS. One of `digitalocean` and `azure` is given."),
  azure: z
    .strictObject({
      zone: text().describe("The zone's name."),
      resourceGroup: text().describe("The zone's resource group."),
      subscription: text().optional().describe("Its subscription. Default: the target's."),
    })
    .optional()
    .describe("The record set is in Azure DNS."),
  name: text().describe("The record, relative to the zone; `@` is the zone itself."),
  type: z.enum(["A", "AAAA", "CNAME"]).describe("The record's type."),
  authoritative: z
    .array(text())
    .min(1)
    .optional()
    .describe(
      "Addresses (`IP` or `IP:PORT`) of the zone's name servers. Default: found by its NS records.",
    ),
  resolvers: z
    .array(text())
    .default([])
    .describe("Resolvers (`IP` or `IP:PORT`) that applications or customers use, asked as well."),
} as const;

export type RecordPlace = z.infer<z.ZodObject<typeof recordPlace>>;

/** For `refine` on an object with these fields. */
export function hasOneProvider(place: {
  readonly digitalocean?: unknown;
  readonly azure?: unknown;
}): boolean {
  return (place.digitalocean === undefined) !== (place.azure === undefined);
}

export const oneProvider = {
  error: "give exactly one of `digitalocean` and `azure`: where the record is",
  path: ["name"],
};
