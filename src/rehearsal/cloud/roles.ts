/** The roles of the rehearsal with passwords made up for it: full of what breaks quoting. */
import { randomBytes } from "node:crypto";
import { Secret } from "../../core/secret.ts";
import type { Role } from "../postgres/index.ts";
import { sampleRoles } from "../sample/index.ts";
import { names } from "./settings.ts";

export interface CloudRoles {
  readonly sourceSuperuser: Role;
  readonly targetSuperuser: Role;
  readonly doadmin: Role;
  readonly azureAdmin: Role;
  readonly apps: readonly Role[];
  readonly digitalOceanToken: Secret;
  readonly azureToken: Secret;
  readonly passphrase: Secret;
}

/** From the blank to `~`. */
const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, at) => 32 + at));

/**
 * Every printable character of ASCII, and letters of two, three and four bytes:
 * each rehearsal proves that none of them breaks a file, a URL or a shell. With
 * at most 128 characters, as Azure wants it.
 */
function password(): Secret {
  return new Secret(`p ${randomBytes(12).toString("base64url")} ${printable} é漢🍕`);
}

export function makeRoles(dump: boolean): CloudRoles {
  const role = (user: string): Role => ({ user, password: password() });
  const apps = dump ? [names.dumpRole] : [sampleRoles.api, sampleRoles.auth, sampleRoles.insights];
  return {
    sourceSuperuser: role("postgres"),
    targetSuperuser: role("azuresu"),
    doadmin: role(sampleRoles.admin),
    azureAdmin: role("azureadmin"),
    apps: apps.map(role),
    digitalOceanToken: new Secret(`dop_v1_${randomBytes(32).toString("hex")}`),
    azureToken: new Secret(randomBytes(48).toString("base64url")),
    passphrase: new Secret(randomBytes(24).toString("base64url")),
  };
}
