/** DigitalOcean's API v2: the source cluster and domain records. What may be used from outside the folder. */
import { Api, type ApiSettings } from "./api.ts";
import * as clusters from "./clusters.ts";
import * as domains from "./domains.ts";

export type { ApiSettings as DigitalOceanSettings } from "./api.ts";
export type {
  Backup,
  Backups,
  Cluster,
  ClusterConnection,
  ClusterEvent,
  ClusterUser,
  TrustedSource,
} from "./clusters.ts";
export type { Domain, DomainRecord, RecordChange, RecordFilter } from "./domains.ts";

/**
 * Every call throws ProviderError for a refusal or a broken connection,
 * UnreadableError for an answer that is not understood, and the signal's
 * reason when it fires.
 */
export interface DigitalOcean {
  getCluster(idOrName: string, signal: AbortSignal): Promise<clusters.Cluster>;
  /** PEM text. */
  getCa(clusterId: string, signal: AbortSignal): Promise<string>;
  /** Newest first. */
  listBackups(clusterId: string, signal: AbortSignal): Promise<clusters.Backups>;
  getFirewall(clusterId: string, signal: AbortSignal): Promise<readonly clusters.TrustedSource[]>;
  /** Replaces the whole list; an empty one lets everyone in. */
  putFirewall(
    clusterId: string,
    rules: readonly clusters.TrustedSource[],
    signal: AbortSignal,
  ): Promise<void>;
  listEvents(clusterId: string, signal: AbortSignal): Promise<readonly clusters.ClusterEvent[]>;
  getConfig(clusterId: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>>;
  listUsers(clusterId: string, signal: AbortSignal): Promise<readonly clusters.ClusterUser[]>;
  getDomain(domain: string, signal: AbortSignal): Promise<domains.Domain>;
  listRecords(
    domain: string,
    filter: domains.RecordFilter,
    signal: AbortSignal,
  ): Promise<readonly domains.DomainRecord[]>;
  patchRecord(
    domain: string,
    id: number,
    change: domains.RecordChange,
    signal: AbortSignal,
  ): Promise<domains.DomainRecord>;
  /** Ends the connections that are kept open. */
  close(): Promise<void>;
}

export function openDigitalOcean(settings: ApiSettings): DigitalOcean {
  const api = new Api(settings);
  return {
    getCluster: (idOrName, signal) => clusters.getCluster(api, idOrName, signal),
    getCa: (id, signal) => clusters.getCa(api, id, signal),
    listBackups: (id, signal) => clusters.listBackups(api, id, signal),
    getFirewall: (id, signal) => clusters.getFirewall(api, id, signal),
    putFirewall: (id, rules, signal) => clusters.putFirewall(api, id, rules, signal),
    listEvents: (id, signal) => clusters.listEvents(api, id, signal),
    getConfig: (id, signal) => clusters.getConfig(api, id, signal),
    listUsers: (id, signal) => clusters.listUsers(api, id, signal),
    getDomain: (domain, signal) => domains.getDomain(api, domain, signal),
    listRecords: (domain, filter, signal) => domains.listRecords(api, domain, filter, signal),
    patchRecord: (domain, id, change, signal) =>
      domains.patchRecord(api, domain, id, change, signal),
    close: () => api.close(),
  };
}
