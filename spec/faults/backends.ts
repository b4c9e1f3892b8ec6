import { describe } from 'vitest';
import { EtcdServer } from '../support/etcd-server.js';
import { etcdctl } from '../support/etcdctl.js';
import { firstField, leaseOf } from './wire.js';

/** What every candidate asks for, and every test server grants. */
export const ttl = 2_000;

/** What can be done to a server and to what lies in it, on any backend. */
export interface BackendServer {
  readonly backend: Backend;
  readonly port: number;
  freeze(): void;
  thaw(): void;
  kill(): Promise<void>;
  /** With the data that it had. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** The URL of the store behind this port: that of the server, or of a proxy in front of it. */
  url(port: number): string;
  /** The claims of an election, the leader's first; of a store without a queue only that one. */
  claims(key: string): Promise<string[]>;
  /** What an operator may do to a claim, by the name that `claims` gave it. */
  endSession(claim: string): Promise<void>;
  deleteClaim(claim: string): Promise<void>;
  overwriteClaim(claim: string, value: string): Promise<void>;
  /** How a renewal of the session that holds the claim looks on the wire. */
  renewalOf(claim: string): string | Buffer;
  /** What lies there. */
  valueOf(claim: string): Promise<string>;
}

/** One kind of store, and the bounds that `docs/guarantees.md` states for it. */
export interface Backend {
  readonly name: string;
  start(): Promise<BackendServer>;
  /** Whether claims stand in a queue in the store; else the leader's alone is there. */
  readonly queue: boolean;
  /** How long an election that can have a leader may have none. */
  readonly bound: number;
  /** The same when an operator has ended the session of the leader. */
  readonly afterSessionEnded: number;
}

const etcd: Backend = {
  name: 'etcd',
  queue: true,
  bound: ttl + 1_500,
  afterSessionEnded: 500,
  start: async () => onEtcd(await EtcdServer.start()),
};

/** For tests that need to know that it is etcd. */
export function onEtcd(server: EtcdServer): BackendServer {
  return {
    backend: etcd,
    port: server.port,
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    kill: () => server.kill(),
    restart: () => server.restart(),
    stop: () => server.stop(),
    url: (port) => `etcd://127.0.0.1:${port}?ttl=${ttl}`,
    claims: async (key) => {
      const order = ['--sort-by=CREATE', '--order=ASCEND'];
      const get = ['get', '--prefix', '--keys-only', ...order, `${key}/`];
      const keys = await etcdctl(get, server);
      return keys.split('\n').filter((line) => line !== '');
    },
    endSession: async (claim) => {
      await etcdctl(['lease', 'revoke', leaseOf(claim).toString(16)], server);
    },
    deleteClaim: async (claim) => {
      await etcdctl(['del', claim], server);
    },
    overwriteClaim: async (claim, value) => {
      await etcdctl(['put', claim, value], server);
    },
    renewalOf: (claim) => firstField(leaseOf(claim)),
    valueOf: (claim) => etcdctl(['get', claim, '--print-value-only'], server),
  };
}

export const backends: readonly Backend[] = [etcd];

/** The same tests on every backend: what must hold does not depend on the store. */
export function onEachBackend(tests: (backend: Backend) => void): void {
  for (const backend of backends) describe(backend.name, () => tests(backend));
}
