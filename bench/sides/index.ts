import { consulStore } from '../../stores/consul/index.js';
import { etcdStore } from '../../stores/etcd/index.js';
import { zookeeperStore } from '../../stores/zookeeper/index.js';
import { consulFloor } from './consul-floor.js';
import { etcd3Election } from './etcd3-election.js';
import { etcdFloor } from './etcd-floor.js';
import { httpUrl } from './raw-client.js';
import { rxLeadership } from './rx-leadership.js';
import type { Side, SideOptions } from './side.js';
import { zookeeperFloor } from './zookeeper-floor.js';

type OpenSide = (options: SideOptions) => Side;

/** Everybody who is measured, by the backend on which that is. */
const sides = {
  etcd: {
    floor: etcdFloor,
    'rx-leadership': ({ url, ttl }) => rxLeadership(etcdStore({ hosts: httpUrl(url), ttl })),
    'etcd3 election()': etcd3Election,
  },
  consul: {
    floor: consulFloor,
    'rx-leadership': ({ url, ttl }) => rxLeadership(consulStore({ address: httpUrl(url), ttl })),
  },
  zookeeper: {
    floor: zookeeperFloor,
    'rx-leadership': ({ url, ttl }) =>
      rxLeadership(zookeeperStore({ hosts: new URL(url).host, ttl })),
  },
} as const satisfies Record<string, Record<string, OpenSide>>;

export type BackendName = keyof typeof sides;
export const backendNames = Object.keys(sides) as BackendName[];

export type SideName = 'floor' | 'rx-leadership' | 'etcd3 election()';

export function sideNamesOf(backend: BackendName): SideName[] {
  return Object.keys(sides[backend]) as SideName[];
}

export function openSide(backend: BackendName, name: SideName, options: SideOptions): Side {
  const all: Partial<Record<SideName, OpenSide>> = sides[backend];
  const open = all[name];
  if (open === undefined) throw new Error(`there is no ${name} on ${backend}`);
  return open(options);
}
