import type { StartCluster } from './cluster.js';
import { startConsul } from './consul-cluster.js';
import { startEtcd } from './etcd-cluster.js';
import { startZooKeeper } from './zookeeper-cluster.js';

export const labStores = {
  etcd: startEtcd,
  consul: startConsul,
  zookeeper: startZooKeeper,
} satisfies Record<string, StartCluster>;

export type LabStore = keyof typeof labStores;

export const labStoreNames = Object.keys(labStores) as LabStore[];

export function isLabStore(name: string): name is LabStore {
  return name in labStores;
}
