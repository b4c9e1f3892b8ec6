import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ClaimState, LeadershipStore } from '../../../lib/contract.js';
import { isLeadershipError } from '../../../lib/errors.js';
import { zookeeperStore, type ZooKeeperStoreOptions } from '../../../stores/zookeeper/index.js';
import { guard, type Manager, type Packet } from '../../../stores/zookeeper/client-guard.js';
import { eventually } from '../../support/eventually.js';
import { reservePort } from '../../support/ports.js';
import { TcpProxy } from '../../support/proxy.js';
import { ZooKeeperOperator } from '../../support/zookeeper-operator.js';
import { ZooKeeperServer } from '../../support/zookeeper-server.js';

const ttl = 2_000;

/** What the npm client does by itself: it throws in a socket handler, or waits for ever. */
describe('the ways of the npm client to crash or hang are contained', () => {
  let server: ZooKeeperServer;
  const cleanups: (() => unknown)[] = [];

  beforeAll(async () => {
    server = await ZooKeeperServer.start();
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  afterAll(() => server.stop());

  const open = (options: Partial<ZooKeeperStoreOptions> = {}): LeadershipStore => {
    const store = zookeeperStore({ hosts: server.host, ttl, ...options });
    cleanups.push(() => store.close());
    return store;
  };

  const run = (store: LeadershipStore, key: string) => {
    const states: ClaimState['status'][] = [];
    const errors: string[] = [];
    const subscription = store.lock(key, { id: 'me' }).subscribe({
      next: ({ status }) => states.push(status),
      error: (error: unknown) => errors.push(isLeadershipError(error) ? error.code : String(error)),
    });
    cleanups.push(() => subscription.unsubscribe());
    return { states, errors };
  };

  /** Does as it is told with its first connection, and hands all others on to the real server. */
  const impostor = async (serve: (socket: Socket) => void): Promise<string> => {
    const { port, release } = await reservePort();
    const sockets = new Set<Socket>();
    const listener: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      if (sockets.size === 1) {
        serve(socket);
        return;
      }
      const real = connect({ port: server.port, host: '127.0.0.1' });
      sockets.add(real.on('error', () => undefined));
      socket.pipe(real).pipe(socket);
    });
    await new Promise<void>((listening) => listener.listen(port, '127.0.0.1', listening));
    cleanups.push(() => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      release();
    });
    return `127.0.0.1:${port}`;
  };

  it('a server that accepts and never answers: it is asked again', async () => {
    const silent = await impostor(() => undefined);
    const { states } = run(open({ hosts: silent }), 'traps/silent');
    await eventually(() => states.includes('held'), { within: ttl });
  });

  it('a server that is none: it is asked again', async () => {
    const other = await impostor((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const { states } = run(open({ hosts: other }), 'traps/none');
    await eventually(() => states.includes('held'), { within: ttl });
  });

  it('bytes that make no sense end the connection, not the process', async () => {
    const garbage = Buffer.from([0, 0, 0, 2, 9, 9]);
    const other = await impostor((socket) => socket.write(garbage));
    const { states } = run(open({ hosts: other }), 'traps/garbage');
    await eventually(() => states.includes('held'), { within: ttl });
  });

  it('a connection that is reset again and again is made anew', async () => {
    const proxy = await TcpProxy.start(server.port);
    cleanups.unshift(() => proxy.stop());
    const { states, errors } = run(open({ hosts: `127.0.0.1:${proxy.port}` }), 'traps/cut');
    await eventually(() => states.includes('held'), { within: ttl });
    for (let cut = 0; cut < 5; cut += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      proxy.reset();
    }
    await new Promise((resolve) => setTimeout(resolve, 1.5 * ttl));
    expect(errors).toEqual([]);
    expect(states).toEqual(['held']);
  });

  it('an error code that the client does not know fails one request, and no other', () => {
    const told: unknown[] = [];
    const packet = (name: string): Packet => ({
      request: { header: null },
      callback: (error) => told.push([name, (error as { code?: number } | null)?.code]),
    });
    const pendingQueue = [packet('first'), packet('second')];
    const manager = {
      pendingQueue,
      pendingBuffer: null,
      onSocketData: () => {
        const answered = pendingQueue.shift();
        if (pendingQueue.length === 1) throw new Error('Unknown code: -125');
        answered?.callback(null);
      },
    } as unknown as Manager;
    const ignored = () => undefined;
    guard(manager, { asked: ignored, heard: ignored, closed: ignored });
    manager.onSocketData(Buffer.alloc(0));
    manager.onSocketData(Buffer.alloc(0));
    expect(told).toEqual([
      ['first', -125],
      ['second', undefined],
    ]);
  });

  it('a store that is closed right after it began to connect', async () => {
    const store = open();
    const { states } = run(store, 'traps/closed');
    for (const cleanup of cleanups.splice(1)) cleanup();
    await store.close();
    expect(states.filter((state) => state === 'held')).toEqual([]);
  });

  it('a connection that is cut in the middle of an answer: the next one begins anew', async () => {
    const { port, release } = await reservePort();
    let cut = false;
    let cuts = 0;
    const listener = createServer((socket) => {
      const real = connect({ port: server.port, host: '127.0.0.1' });
      for (const each of [socket, real]) each.on('error', () => undefined);
      socket.on('close', () => real.destroy()).pipe(real);
      real.on('data', (chunk) => {
        socket.write(cut ? chunk.subarray(0, 7) : chunk); // a length, and the rest is missing
        if (!cut) return;
        cut = false;
        cuts += 1;
        socket.end();
      });
    });
    await new Promise<void>((listening) => listener.listen(port, '127.0.0.1', listening));
    cleanups.push(() => {
      listener.close();
      release();
    });
    const { states, errors } = run(open({ hosts: `127.0.0.1:${port}` }), 'traps/frame');
    await eventually(() => states.includes('held'));
    for (let round = 1; round <= 3; round += 1) {
      cut = true;
      await eventually(() => cuts === round);
      await new Promise((resolve) => setTimeout(resolve, ttl / 5));
    }
    await new Promise((resolve) => setTimeout(resolve, ttl));
    expect(errors).toEqual([]);
    expect(states).toEqual(['held']);
  });

  it('a store that is closed while it is not connected', async () => {
    const proxy = await TcpProxy.start(server.port);
    cleanups.push(() => proxy.stop());
    const store = zookeeperStore({ hosts: `127.0.0.1:${proxy.port}`, ttl });
    const { states } = run(store, 'traps/away');
    await eventually(() => states.includes('held'));
    proxy.refuse();
    proxy.reset();
    const since = performance.now();
    for (const cleanup of cleanups.splice(1)) cleanup();
    await store.close();
    expect(performance.now() - since).toBeLessThan(2 * ttl + 1_000);
    // Nobody could tell the server: what is left there ends with its session.
    const next = run(open(), 'traps/away');
    await eventually(() => next.states.includes('held'), { within: ttl + 1_500 });
    proxy.stop();
  });
});

it('a quota that is used up: the claim is refused, others go on', async () => {
  const java = ['-Dzookeeper.enforceQuota=true'];
  const strict = await ZooKeeperServer.start({ java });
  const store = zookeeperStore({ hosts: strict.host, ttl });
  const operator = new ZooKeeperOperator(strict.host);
  try {
    const errors: string[] = [];
    const held: string[] = [];
    const enter = (key: string, id: string) =>
      store.lock(key, { id }).subscribe({
        next: ({ status }) => status === 'held' && held.push(id),
        error: (error: unknown) =>
          errors.push(isLeadershipError(error) ? `${error.code} ${error.message}` : String(error)),
      });
    enter('other', 'other');
    enter('quota/a', 'one');
    await eventually(() => held.length === 2);
    await operator.make('/zookeeper/quota/quota');
    await operator.make('/zookeeper/quota/quota/zookeeper_stats', 'count=3,bytes=0');
    const limits = 'count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=3';
    await operator.make('/zookeeper/quota/quota/zookeeper_limits', limits);
    enter('quota/a', 'two');
    await eventually(() => errors.length > 0);
    expect(errors).toEqual([expect.stringMatching(/^store-refused .*quotaExceeded \(-125\)/)]);
    enter('another', 'another');
    await eventually(() => held.includes('another'));
  } finally {
    await store.close();
    await operator.close();
    await strict.stop();
  }
});
