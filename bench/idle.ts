import { setTimeout as sleep } from 'node:timers/promises';
import { TcpProxy } from '../spec/support/proxy.js';
import { startBackend } from './backends.js';
import { counters } from './etcd.js';
import { Program } from './program.js';
import type { BackendName, SideName } from './sides/index.js';

/** What a process costs while it holds elections and nothing happens. */
export interface IdleCost {
  /** Messages that the server got and sent, per second, as etcd counts them itself; else `NaN`. */
  readonly requests: number;
  readonly answers: number;
  /** Both ways, per second, as a proxy between counts them. */
  readonly bytes: number;
  readonly connections: number;
  /** Leases that are alive. */
  readonly sessions: number;
  /** Milliseconds of CPU time per second. */
  readonly cpu: number;
}

/** A whole number of renewals, of questions on the watch stream and of HTTP/2 pings. */
const period = 30_000;

const received = 'grpc_server_msg_received_total';
const sent = 'grpc_server_msg_sent_total';
const granted = 'etcd_debugging_lease_granted_total';
const revoked = 'etcd_debugging_lease_revoked_total';
const counted = [received, sent, granted, revoked] as const;

export interface Held {
  readonly folder: string;
  readonly backend: BackendName;
  readonly side: SideName;
  readonly elections: number;
  /** Short, so that many renewals lie in a short time. */
  readonly ttl?: number | undefined;
}

/** M5, with a server and a connection of its own, so that nobody else is counted. */
export async function idleCost({
  folder,
  backend,
  side,
  elections,
  ttl = 3_000,
}: Held): Promise<IdleCost> {
  const server = await startBackend[backend]();
  const proxy = await TcpProxy.start(server.port);
  const program = new Program(folder, 'idle', [
    backend,
    server.url(proxy.port),
    side,
    elections,
    ttl,
  ]);
  const look = async () => ({
    ...(server.etcd
      ? await counters(server.etcd, counted)
      : { [received]: NaN, [sent]: NaN, [granted]: NaN, [revoked]: NaN }),
    bytes: proxy.up.bytes + proxy.down.bytes,
  });
  try {
    await program.next((told) => told === 'held', 60_000);
    await sleep(2_000);
    program.send('begin');
    const before = await look();
    await sleep(period);
    const after = await look();
    program.send('end');
    const { cpu } = await program.next<{ cpu: number }>();
    const perSecond = (what: keyof typeof after) => (after[what] - before[what]) / (period / 1_000);
    return {
      requests: perSecond(received),
      answers: perSecond(sent),
      bytes: perSecond('bytes'),
      connections: proxy.open,
      sessions: after[granted] - after[revoked],
      cpu,
    };
  } finally {
    await program.end();
    proxy.stop();
    await server.stop();
  }
}
