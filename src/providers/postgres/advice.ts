/** What PostgreSQL's and the network's codes mean to a person, and what to do. Pure. */
import type { Endpoint } from "../../core/endpoint.ts";

export interface Advice {
  readonly meaning?: string;
  readonly remedy?: string;
}

/** Where a call went: `server` is `source` or `target`, as the plan calls it. */
export interface AdvicePlace {
  readonly server: string;
  readonly endpoint: Endpoint;
  /** `connect`, or what was asked on a connection that stood. */
  readonly call: string;
}

type Advise = (place: AdvicePlace) => Advice;

const nothingChanged = "This call has read and changed nothing.";
const where = ({ host, port }: Endpoint): string => `${host}:${port}`;

const wrongPassword: Advise = ({ server, endpoint }) => ({
  meaning: nothingChanged,
  remedy: `Check the password of "${endpoint.user}" that the plan's ${server} refers to; on DigitalOcean it is shown under Connection details, on Azure it can be reset with \`az postgres flexible-server update --admin-password\`.`,
});

const notAdmitted: Advise = ({ endpoint }) => ({
  meaning: nothingChanged,
  remedy: `If the message says "not permitted to log in", "${endpoint.user}" has NOLOGIN, as a freeze gives it: is a run open in another state folder (--state)? Otherwise the server has no pg_hba rule for this host, user, database and TLS setting. Admit this machine's address (DigitalOcean: trusted sources; Azure: a firewall rule), and use TLS (tls.mode other than disable).`,
});

const noDatabase: Advise = ({ endpoint }) => ({
  meaning: `There is no database "${endpoint.database}" on ${where(endpoint)}.`,
  remedy: `Compare the plan's database names with those of the server: psql -l.`,
});

const notPermitted: Advise = ({ endpoint }) => ({
  remedy: `Grant "${endpoint.user}" what the message names, or use the server's admin user.`,
});

const tooManyConnections: Advise = () => ({
  meaning: "Every connection slot of the server is taken; its apps may be failing too.",
  remedy:
    "Lower the pool sizes of the apps or raise max_connections, then: opensauced-migrate run --resume",
});

const inUse: Advise = ({ server }) => ({
  meaning:
    "Something still uses it: a session, a replication slot, or a subscription that a migration which failed has left.",
  remedy: `On the ${server}, in that database: SELECT subname FROM pg_subscription; and for each: ALTER SUBSCRIPTION name DISABLE; ALTER SUBSCRIPTION name SET (slot_name = NONE); DROP SUBSCRIPTION name; then the same command again.`,
});

const sessionEnded: Advise = () => ({
  meaning: "The server ended this session: it restarts, fails over, or someone terminated it.",
  remedy: "Wait until the server is up, then: opensauced-migrate run --resume",
});

const notUp: Advise = () => ({
  meaning: "The server is starting up or shutting down.",
  remedy: "Wait until the server is up, then: opensauced-migrate run --resume",
});

const cancelled: Advise = () => ({
  meaning: "The statement was cancelled, mostly by a statement timeout.",
});

const readOnly: Advise = () => ({
  meaning: "The session is read-only: the database is frozen, or the server is a standby.",
});

const refused: Advise = ({ endpoint }) => ({
  meaning: `Nothing listens on ${where(endpoint)}, or a firewall refuses at once. ${nothingChanged}`,
  remedy: `Check host and port (DigitalOcean's direct port is 25060, Azure's 5432) and that the server is running.`,
});

const nameUnknown: Advise = ({ endpoint }) => ({
  meaning: `The name ${endpoint.host} could not be resolved. ${nothingChanged}`,
  remedy: "Check the host name in the plan, and this machine's DNS.",
});

const noAnswer: Advise = (place) => (place.call === "connect" ? notReached(place) : silent(place));

const silent: Advise = ({ endpoint }) => ({
  meaning: `${where(endpoint)} stopped answering: the server stands still, or the network drops packets. Whether the last statement took effect is not known.`,
  remedy: "When it answers again: opensauced-migrate run --resume   (looks before it acts)",
});

const notReached: Advise = ({ endpoint }) => ({
  meaning: `No answer from ${where(endpoint)}; a firewall that drops packets looks like this. ${nothingChanged}`,
  remedy: "Admit this machine's address (DigitalOcean: trusted sources; Azure: a firewall rule).",
});

const broken: Advise = () => ({
  meaning: "The connection broke; whether the last statement took effect is not known.",
  remedy: "opensauced-migrate run --resume   (looks before it acts)",
});

const untrusted: Advise = ({ endpoint }) => ({
  meaning: `The certificate of ${where(endpoint)} is signed by an authority that is not trusted. ${nothingChanged}`,
  remedy: `Give the server's CA in the plan (tls.ca: DigitalOcean's is downloaded with \`doctl databases get-ca\`; Azure's chains to public roots).`,
});

const expired: Advise = ({ endpoint }) => ({
  meaning: `The certificate of ${where(endpoint)} has expired. ${nothingChanged}`,
});

const otherName: Advise = ({ endpoint }) => ({
  meaning: `The certificate of ${where(endpoint)} is for another name. ${nothingChanged}`,
  remedy: "Use the name in the certificate as host, or tls.mode verify-ca.",
});

/** By SQLSTATE, socket code or TLS code. */
export const advice: { readonly [code: string]: Advise | undefined } = {
  "28P01": wrongPassword,
  "28000": notAdmitted,
  "3D000": noDatabase,
  "42501": notPermitted,
  "53300": tooManyConnections,
  "55006": inUse,
  "57P01": sessionEnded,
  "57P02": sessionEnded,
  "57P03": notUp,
  "57014": cancelled,
  "25006": readOnly,
  ECONNREFUSED: refused,
  ENOTFOUND: nameUnknown,
  EAI_AGAIN: nameUnknown,
  ETIMEDOUT: noAnswer,
  EHOSTUNREACH: noAnswer,
  ENETUNREACH: noAnswer,
  ECONNRESET: broken,
  EPIPE: broken,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_HAS_EXPIRED: expired,
  ERR_TLS_CERT_ALTNAME_INVALID: otherName,
};
