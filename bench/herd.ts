import { setTimeout as sleep } from 'node:timers/promises';
import { HttpFilter } from '../spec/support/http-filter.js';
import type { BenchServer } from './backends.js';
import { started } from './etcd.js';
import { FrameCounter } from './frames.js';
import { Program } from './program.js';
import type { SideName } from './sides/index.js';

/** What 200 candidates, who wait in four processes, ask for when their leader leaves. */
export interface HerdCost {
  /** Reads and writes; on Consul attempts to acquire the key. None of renewals and pings. */
  readonly requests: number;
  /** Blocking queries of Consul that were answered: each process has one. */
  readonly returns: number;
}

const processes = 4;
const candidates = 200;
/** For whoever acts later than the next leader. */
const settled = 1_500;

interface Counter {
  readonly port: number;
  /** Of those who go through this port, or of all but who left where the server itself counts. */
  count(): Promise<HerdCost>;
  stop(): void;
}

/** M6. The leader has a connection past the counter. */
export async function herdCost(
  folder: string,
  server: BenchServer,
  side: SideName,
  round: number,
): Promise<HerdCost> {
  const counter = await counterOf(server);
  const key = `herd/${round}`;
  const start = (port: number, count: number) =>
    new Program(folder, 'herd', [server.backend, server.url(port), side, key, count]);
  const leader = start(server.port, 1);
  const programs = [leader];
  try {
    await leader.next((told) => told === 'elected');
    const herd = Array.from({ length: processes }, () =>
      start(counter.port, candidates / processes),
    );
    programs.push(...herd);
    for (const each of herd) await each.next((told) => told === 'running');
    await quiet(counter);
    const before = await counter.count();
    leader.send('leave');
    await Promise.race(herd.map((each) => each.next((told) => told === 'elected')));
    await sleep(settled);
    const after = await counter.count();
    return {
      requests: after.requests - before.requests,
      returns: after.returns - before.returns,
    };
  } finally {
    await Promise.all(programs.map((program) => program.end()));
    counter.stop();
  }
}

/** Until nobody who joins asks for anything any more. */
async function quiet(counter: Counter): Promise<void> {
  for (let last = -1, now = 0; now !== last;) {
    last = now;
    await sleep(2_000);
    now = (await counter.count()).requests;
  }
}

async function counterOf(server: BenchServer): Promise<Counter> {
  if (server.etcd) return onEtcd(server.etcd);
  return server.backend === 'consul' ? onConsul(server.port) : onZooKeeper(server.port);
}

/** The server counts what was called; the leader that leaves calls one. */
function onEtcd(server: NonNullable<BenchServer['etcd']>): Counter {
  return {
    port: server.port,
    count: async () => ({ requests: await started(server), returns: 0 }),
    stop: () => undefined,
  };
}

async function onConsul(port: number): Promise<Counter> {
  const filter = await HttpFilter.start(port);
  const count = (what: RegExp) => filter.requests.filter((line) => what.test(line)).length;
  return {
    port: filter.port,
    count: () =>
      Promise.resolve({ requests: count(/^PUT \/v1\/txn/), returns: count(/[?&]index=/) }),
    stop: () => filter.stop(),
  };
}

async function onZooKeeper(port: number): Promise<Counter> {
  const counter = await FrameCounter.start(port);
  return {
    port: counter.port,
    count: () => Promise.resolve({ requests: counter.requests, returns: 0 }),
    stop: () => counter.stop(),
  };
}
