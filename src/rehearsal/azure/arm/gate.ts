/**
 * What every request must bring before a handler sees it: a bearer token that
 * is accepted, and an api-version that the resource provider knows.
 */
import type { Secret } from "../../../core/secret.ts";
import { ArmError, badRequest } from "./arm-error.ts";

/** Versions that @azure/arm-postgresql-flexible 9 and @azure/arm-dns 5 send. */
const versions: Readonly<Record<string, readonly string[]>> = {
  "microsoft.dbforpostgresql": ["2024-08-01", "2025-08-01"],
  "microsoft.network": ["2018-05-01"],
};

function challenge(description: string): Readonly<Record<string, string>> {
  return {
    "WWW-Authenticate":
      'Bearer authorization_uri="https://login.windows.net/common", ' +
      `error="invalid_token", error_description="${description}"`,
  };
}

/** Throws the 401 that ARM gives. */
export function requireToken(authorization: string | undefined, token: Secret): void {
  if (authorization === undefined) {
    throw new ArmError(
      401,
      "AuthenticationFailed",
      "Authentication failed. The 'Authorization' header is missing.",
      challenge("The authentication failed because of missing 'Authorization' header."),
    );
  }
  if (authorization !== `Bearer ${token.reveal()}`) {
    throw new ArmError(
      401,
      "InvalidAuthenticationToken",
      "The access token is invalid.",
      challenge("Could not validate the access token."),
    );
  }
}

export function expiredToken(): ArmError {
  return new ArmError(
    401,
    "ExpiredAuthenticationToken",
    "The access token expiry UTC time is earlier than current UTC time.",
    challenge("The access token expiry UTC time is earlier than current UTC time."),
  );
}

/** Throws the 400 that ARM gives. Poll links carry the version as well. */
export function requireVersion(path: string, query: URLSearchParams): void {
  const provider = /\/providers\/([^/]+)/i.exec(path)?.[1]?.toLowerCase() ?? "";
  const known = versions[provider];
  if (known === undefined) return;
  const version = query.get("api-version");
  if (version === null) {
    throw badRequest(
      "MissingApiVersionParameter",
      "The api-version query parameter (?api-version=) is required for all requests.",
    );
  }
  if (!known.includes(version)) {
    throw badRequest(
      "InvalidApiVersionParameter",
      `The api-version '${version}' is invalid. The supported versions are '${known.join(",")}'.`,
    );
  }
}
