import { etcd3Election } from './etcd3-election.js';
import { floor } from './floor.js';
import { rxLeadership } from './rx-leadership.js';
import type { Side, SideOptions } from './side.js';

export const sides = {
  floor,
  'rx-leadership': rxLeadership,
  'etcd3 election()': etcd3Election,
} as const satisfies Record<string, (options: SideOptions) => Side>;

export type SideName = keyof typeof sides;

export const sideNames = Object.keys(sides) as SideName[];
