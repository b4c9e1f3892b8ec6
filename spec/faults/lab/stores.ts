import type { StartCluster } from './cluster.js';
import { startEtcd } from './etcd-cluster.js';

export const labStores = { etcd: startEtcd } satisfies Record<string, StartCluster>;

export type LabStore = keyof typeof labStores;

export const labStoreNames = Object.keys(labStores) as LabStore[];

export function isLabStore(name: string): name is LabStore {
  return name in labStores;
}
