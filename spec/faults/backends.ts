import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { folderName } from '../../stores/local/election-folder.js';
import { ConsulServer } from '../support/consul-server.js';
import { EtcdServer } from '../support/etcd-server.js';
import { etcdctl } from '../support/etcdctl.js';
import type { ServerProcess } from '../support/server-process.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { ZooKeeperOperator } from '../support/zookeeper-operator.js';
import { ZooKeeperServer } from '../support/zookeeper-server.js';
import { firstField, leaseOf, zookeeperCheck } from './wire.js';

/** What every candidate asks for, and every test server grants. */
export const ttl = 2_000;

/** What can be done to the process of a server, whatever it serves. */
type Levers = Pick<ServerProcess, 'port' | 'freeze' | 'thaw' | 'kill' | 'restart' | 'stop'>;

function leversOf(server: ServerProcess): Levers {
  return {
    port: server.port,
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    kill: () => server.kill(),
    restart: () => server.restart(),
    stop: () => server.stop(),
  };
}

/** What can be done to a server and to what lies in it, on any backend. */
export interface BackendServer extends Levers {
  readonly backend: Backend;
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
  contentOf(claim: string): Promise<string>;
}

/** One kind of store, and the bounds that `docs/guarantees.md` states for it. */
export interface Backend {
  readonly name: string;
  start(): Promise<BackendServer>;
  /** Whether claims stand in a queue in the store; else the leader's alone is there. */
  readonly queue: boolean;
  /** How long an election that can have a leader may have none. */
  readonly bound: number;
  /** The same when the process of the leader has died, where that is noticed. */
  readonly afterDeath?: number;
  /** Whether what an operator wrote over a claim stays when the session of the claim ends. */
  readonly keepsOverwritten: boolean;
  /** The same when an operator has ended the session of the leader. */
  readonly afterSessionEnded: number;
}

const etcd: Backend = {
  name: 'etcd',
  queue: true,
  keepsOverwritten: true,
  bound: ttl + 1_500,
  afterSessionEnded: 500,
  start: async () => onEtcd(await EtcdServer.start()),
};

/** For tests that need to know that it is etcd. */
export function onEtcd(server: EtcdServer): BackendServer {
  return {
    backend: etcd,
    ...leversOf(server),
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
    contentOf: (claim) => etcdctl(['get', claim, '--print-value-only'], server),
  };
}

const zookeeper: Backend = {
  name: 'zookeeper',
  queue: true,
  keepsOverwritten: false,
  // A session expires at a whole tick.
  bound: ttl + 200 + 1_300,
  afterSessionEnded: 500,
  start: async () => onZooKeeper(await ZooKeeperServer.start()),
};

/** Also for one of several servers. */
export function onZooKeeper(
  server: ZooKeeperServer,
  operator = new ZooKeeperOperator(server.host),
): BackendServer {
  return {
    backend: zookeeper,
    ...leversOf(server),
    stop: async () => {
      await operator.close();
      await server.stop();
    },
    url: (port) => `zk://127.0.0.1:${port}?ttl=${ttl}`,
    claims: async (key) => (await operator.claims(key)).map(({ path }) => path),
    endSession: (claim) => operator.endSession(claim),
    deleteClaim: (claim) => operator.remove(claim),
    overwriteClaim: (claim, value) => operator.overwrite(claim, value),
    renewalOf: () => zookeeperCheck,
    contentOf: (claim) => operator.valueOf(claim),
  };
}

const consul: Backend = {
  name: 'consul',
  queue: false,
  keepsOverwritten: true,
  // A session may last for twice its ttl, and then nobody gets its key for a ttl.
  bound: 3 * ttl + 1_500,
  afterSessionEnded: ttl + 1_500,
  start: async () => onConsul(await ConsulServer.start(), consul),
};

const consulTtlCheck: Backend = {
  ...consul,
  name: 'consul-ttl-check',
  // A check fails after its ttl, and then nobody gets the key for as long.
  bound: 2 * ttl + 1_500,
  start: async () => {
    const server = await ConsulServer.start();
    return {
      ...onConsul(server, consulTtlCheck),
      url: (port) => `consul://127.0.0.1:${port}?ttl=${ttl}&ttlCheck=true`,
      // The second of the two requests that make one.
      renewalOf: () => '/v1/agent/check/pass/',
    };
  },
};

function onConsul(server: ConsulServer, backend: Backend): BackendServer {
  const entry = async (key: string) =>
    (await server.ask<ConsulEntry[]>('GET', `kv/${key}?consistent`))?.[0];
  return {
    backend,
    ...leversOf(server),
    url: (port) => `consul://127.0.0.1:${port}?ttl=${ttl}`,
    claims: async (key) => ((await entry(key))?.Session === undefined ? [] : [key]),
    endSession: async (key) => {
      await server.ask('PUT', `session/destroy/${(await entry(key))?.Session ?? ''}`);
    },
    deleteClaim: async (key) => {
      await server.ask('DELETE', `kv/${key}`);
    },
    overwriteClaim: async (key, value) => {
      await server.ask('PUT', `kv/${key}`, value);
    },
    renewalOf: () => '/v1/session/renew/',
    contentOf: async (key) => Buffer.from((await entry(key))?.Value ?? '', 'base64').toString(),
  };
}

/** Only for what happens to processes: between them and the directory nothing can be cut. */
export const local: Backend = {
  name: 'local',
  queue: true,
  keepsOverwritten: true,
  bound: ttl + 1_500,
  afterDeath: 1_000,
  afterSessionEnded: 500,
  start: () => Promise.resolve(inDirectory(temporaryFolder('faults'))),
};

/** There is no server that something could be done to. */
function inDirectory(folder: TemporaryFolder): BackendServer {
  const noServer = () => {
    throw new Error('the local store has no server');
  };
  const contentOf = (claim: string) => readFile(claim, 'utf8');
  return {
    backend: local,
    ...{ port: 0, freeze: noServer, thaw: noServer, kill: noServer, restart: noServer },
    url: () => `file://${folder.path}?ttl=${ttl}`,
    claims: async (key) => {
      const path = join(folder.path, 'elections', folderName(key));
      const numbers = (await readdir(path)).filter((name) => /^\d+$/.test(name));
      return numbers.sort((a, b) => Number(a) - Number(b)).map((name) => join(path, name));
    },
    endSession: async (claim) => {
      const [session = ''] = (await contentOf(claim)).split(' ');
      await rm(join(folder.path, 'sessions', session));
    },
    deleteClaim: (claim) => rm(claim),
    overwriteClaim: (claim, value) => writeFile(claim, value),
    renewalOf: noServer,
    contentOf,
    stop: () => {
      folder.remove();
      return Promise.resolve();
    },
  };
}

interface ConsulEntry {
  readonly Value: string | null;
  readonly Session?: string;
}

/** Only what this asks for, so that one backend can be looked at alone. */
const wanted = process.env['RX_LEADERSHIP_BACKEND'];

const known = [etcd, consul, zookeeper, consulTtlCheck];

export const backends: readonly Backend[] = known.filter(({ name }) =>
  wanted === undefined ? name !== consulTtlCheck.name : name === wanted,
);

/** The same tests on every backend: what must hold does not depend on the store. */
export function onEachBackend(tests: (backend: Backend) => void): void {
  onEach(backends, tests);
}

/** Also where another way to keep the lease may make a difference; else that runs when asked for. */
export function onEachLease(tests: (backend: Backend) => void): void {
  onEach([...backends, ...(wanted === undefined ? [consulTtlCheck] : [])], tests);
}

/** Also where there is no server. */
export function onEachStore(tests: (backend: Backend) => void): void {
  const isWanted = wanted === undefined || wanted === local.name;
  onEachLease(tests);
  onEach(isWanted ? [local] : [], tests);
}

function onEach(all: readonly Backend[], tests: (backend: Backend) => void): void {
  for (const backend of all) describe(backend.name, () => tests(backend));
}
