import { startBackend, type BenchServer } from './backends.js';
import { handOvers } from './hand-over.js';
import { herdCost } from './herd.js';
import { idleCost } from './idle.js';
import { Program, type ProgramName } from './program.js';
import { product, rowOf, rowsOfIdleCost, rowsOfTiming, type Row } from './rows.js';
import type { BackendName } from './sides/index.js';
import { sizeInKib } from './size.js';
import { median, ratios } from './statistics.js';

export interface Setting {
  /** Where the compiled programs are. */
  readonly folder: string;
  readonly pairs: number;
  /** Rounds that do not count. */
  readonly warmUp: number;
}

type Measure = (setting: Setting, server: BenchServer) => Promise<Row[]>;

const etcd3 = 'etcd3 election()';

/** M1: the first one in an election leads. */
const firstElection: Measure = async ({ folder, pairs, warmUp }, { backend, url }) => {
  const { warm, cold } = await tellOf<Record<'warm' | 'cold', Record<string, number[]>>>(
    folder,
    'firstElection',
    [backend, url(), pairs, warmUp],
  );
  return [
    ...rowsOfTiming('M1 first election, warm', warm, 1.2),
    ...rowsOfTiming('M1 first election, cold', cold, 1.2),
  ];
};

/** M2 and M4: the leader leaves, and the next one leads; and a follower sees that. */
const handOver: Measure = async ({ folder, pairs, warmUp }, server) => {
  const setting = { folder, server, pairs, warmUp };
  const onEtcd = server.backend === 'etcd';
  const ours = onEtcd ? (['floor', product, etcd3] as const) : (['floor', product] as const);
  const sides = onEtcd ? ([...ours, 'etcdctl elect'] as const) : ours;
  const elected = await handOvers({ ...setting, sides, seenBy: 'successor' });
  const seen = await handOvers({ ...setting, sides: ours, seenBy: 'follower' });
  return [
    ...rowsOfTiming('M2 hand-over', elected, 1.3),
    ...rowsOfTiming('M4 follower sees it', seen, 1.2),
    rowOf(
      'M4 follower sees it',
      product,
      '× its own M2',
      [median(seen[product]!) / median(elected[product]!)],
      1.2,
    ),
  ];
};

/** M5: what elections cost that are held while nothing happens. */
const idle: Measure = async ({ folder }, { backend }) => {
  if (backend !== 'etcd') return idleElsewhere(folder, backend);
  const cost = (side: typeof product | typeof etcd3, elections: number, ttl?: number) =>
    idleCost({ folder, backend, side, elections, ttl });
  const [one, many, long, oneOfPeer, manyOfPeer] = await Promise.all([
    cost(product, 1),
    cost(product, 1_000),
    cost(product, 1_000, 15_000),
    cost(etcd3, 1),
    cost(etcd3, 1_000),
  ]);
  return [
    ...rowsOfIdleCost(product, one, many),
    ...rowsOfIdleCost(etcd3, oneOfPeer, manyOfPeer),
    rowOf('M5 idle: CPU, 1,000 held', product, 'ms per second', [long.cpu], 2),
  ];
};

/** Only what can be counted from outside: other servers do not tell their requests. */
async function idleElsewhere(folder: string, backend: BackendName): Promise<Row[]> {
  // The shortest that a server of Consul's grants without being told otherwise.
  const ttl = 10_000;
  const cost = (elections: number) => idleCost({ folder, backend, side: product, elections, ttl });
  const [one, many] = await Promise.all([cost(1), cost(1_000)]);
  return rowsOfIdleCost(product, one, many).filter(({ metric }) =>
    /bytes|connections/.test(metric),
  );
}

/** M6: 200 candidates wait in four processes, and their leader leaves. */
const herd: Measure = async ({ folder }, server) => {
  const rounds = [];
  for (let round = 0; round < 5; round += 1)
    rounds.push(await herdCost(folder, server, product, round));
  const onConsul = server.backend === 'consul';
  const requests = rounds.map((cost) => cost.requests);
  const returns = rounds.map((cost) => cost.returns);
  const what = onConsul ? 'attempts to acquire' : 'requests';
  return [
    rowOf('M6 herd of 200', product, what, requests, onConsul ? 40 : 2),
    ...(onConsul ? [rowOf('M6 herd of 200', product, 'blocking queries', returns)] : []),
  ];
};

const heap: Measure = async ({ folder }, { url }) => {
  const used = async (kind: string) =>
    (await tellOf<{ heap: number }>(folder, 'heap', [url(), kind, 2_000])).heap;
  const bare = await used('bare request');
  const row = async (kind: string, goal?: number) =>
    rowOf('M5 heap per election', kind, '× bare request', [(await used(kind)) / bare], goal);
  return [
    await row(product, 1.5),
    await row(etcd3),
    await row('floor'),
    await row('bare watcher'),
    rowOf('M5 heap per election', 'bare request', 'bytes', [bare]),
  ];
};

/** M7: the pipelines without a store. */
const operators: Measure = async ({ folder, pairs, warmUp }) => {
  const timing = await tellOf<Record<'bare' | 'campaign' | 'follow', number[]>>(
    folder,
    'operators',
    [pairs, warmUp],
  );
  const row = (name: 'campaign' | 'follow') =>
    rowOf('M7 one change', name, '× bare chain', ratios(timing[name], timing.bare), 10);
  return [row('campaign'), row('follow')];
};

/** M8: what it adds to a program that has RxJS and the client of the store anyway. */
const importing: Measure = async ({ folder }) => {
  const added: number[] = [];
  for (let times = 0; times < 7; times += 1) {
    const { all, without } = await tellOf<{ all: number; without: number }>(folder, 'imports', []);
    added.push(all / without);
  }
  return [
    rowOf('M8 import', product, '× rxjs and etcd3', added, 1.1),
    rowOf('M8 size, core and etcd', product, 'KiB gzipped', [await sizeInKib()], 12),
  ];
};

/** All that can be asked for by name. */
export const measures = {
  first: firstElection,
  'hand-over': handOver,
  idle,
  herd,
  heap,
  operators,
  import: importing,
} as const satisfies Record<string, Measure>;

export type MeasureName = keyof typeof measures;

/** The others do not depend on the backend. */
const elsewhere: readonly MeasureName[] = ['first', 'hand-over', 'idle', 'herd'];

/** Each with a server of its own: elections that nobody gave back do no harm then. */
export async function measureAll(
  setting: Setting,
  names: readonly MeasureName[],
  backend: BackendName,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of names) {
    if (backend !== 'etcd' && !elsewhere.includes(name)) continue;
    const server = await startBackend[backend]();
    try {
      const measured = await measures[name](setting, server);
      rows.push(...measured.map((row) => ({ ...row, metric: `${backend}: ${row.metric}` })));
    } finally {
      await server.stop();
    }
  }
  return rows;
}

async function tellOf<T>(folder: string, name: ProgramName, args: (string | number)[]): Promise<T> {
  const program = new Program(folder, name, args);
  try {
    return await program.next<T>(undefined, 300_000);
  } finally {
    await program.end();
  }
}
