/**
 * The cloud as a plan is told of it: through environment variables only, the
 * way a real plan is told of a real one. Secrets are written to no file here.
 */
import path from "node:path";
import { showDnsServer } from "../../providers/dns/index.ts";
import type { Azure } from "../azure/index.ts";
import type { DigitalOceanStandIn } from "../digitalocean/index.ts";
import type { Databases } from "./databases.ts";
import type { NameServers } from "./name-servers.ts";
import type { CloudRoles } from "./roles.ts";
import type { CloudFacts, CloudSettings } from "./settings.ts";

export interface CloudParts {
  readonly settings: CloudSettings;
  readonly roles: CloudRoles;
  readonly databases: Databases;
  readonly caFile: string;
  readonly azure: Azure;
  readonly digitalOcean: DigitalOceanStandIn;
  readonly nameServers: NameServers;
  readonly healthCertificate: CloudFacts["healthCertificate"];
}

export function describeCloud(parts: CloudParts): CloudFacts {
  const { roles, databases, caFile, azure, digitalOcean, nameServers, settings } = parts;
  const [ns1, ns2] = nameServers.authoritative.map(showDnsServer);
  const passwords = roles.apps.map(
    (role) => [`REHEARSAL_${role.user.toUpperCase()}_PASSWORD`, role.password.reveal()] as const,
  );
  return {
    environment: {
      REHEARSAL_FOLDER: settings.folder,
      REHEARSAL_CA_FILE: caFile,
      REHEARSAL_CA: databases.source.ca,
      REHEARSAL_DO_ENDPOINT: digitalOcean.endpoint,
      REHEARSAL_DO_TOKEN: roles.digitalOceanToken.reveal(),
      REHEARSAL_DOADMIN_PASSWORD: roles.doadmin.password.reveal(),
      REHEARSAL_AZURE_ENDPOINT: azure.endpoint,
      REHEARSAL_AZURE_TOKEN: roles.azureToken.reveal(),
      REHEARSAL_AZURE_PORT: String(settings.front?.target ?? databases.target.port),
      REHEARSAL_AZURE_PASSWORD: roles.azureAdmin.password.reveal(),
      REHEARSAL_NS1: ns1 ?? "",
      REHEARSAL_NS2: ns2 ?? "",
      REHEARSAL_RESOLVER: showDnsServer(nameServers.resolver),
      REHEARSAL_PASSPHRASE: roles.passphrase.reveal(),
      ...Object.fromEntries(passwords),
    },
    places: [
      { label: "folder of the rehearsal", where: settings.folder },
      { label: "source's log", where: databases.source.logFile },
      { label: "target's log", where: databases.target.logFile },
      { label: "certificate authority", where: path.resolve(caFile) },
    ],
    source: {
      host: databases.source.host,
      port: settings.front?.source ?? databases.source.port,
      listensOn: databases.source.port,
      superuser: roles.sourceSuperuser.user,
    },
    target: {
      host: databases.target.host,
      port: settings.front?.target ?? databases.target.port,
      listensOn: databases.target.port,
      superuser: roles.targetSuperuser.user,
    },
    caFile,
    healthCertificate: parts.healthCertificate,
    pid: process.pid,
  };
}
