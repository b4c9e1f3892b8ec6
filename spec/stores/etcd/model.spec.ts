import fc from 'fast-check';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follow, type Contender, type LeaderView } from '../../../lib/index.js';
import { checkHistory, HistoryRecorder } from '../../../testing/index.js';
import { Player } from '../../model/player.js';
import {
  deeds,
  names,
  printed,
  programs,
  ttl,
  type Name,
  type Program,
} from '../../model/program.js';
import { settledAs } from '../../model/settled.js';
import { EtcdServer } from '../../support/etcd-server.js';
import { etcdctl } from '../../support/etcdctl.js';
import { eventually } from '../../support/eventually.js';
import { Laboratory } from './fixture.js';

// The programs of `spec/model`, as far as one process can play them, against a real server. More:
// RX_LEADERSHIP_ETCD_RUNS=200 npx vitest run --project etcd model
const runs = Number(process.env['RX_LEADERSHIP_ETCD_RUNS'] ?? 8);
const seed = Number(process.env['RX_LEADERSHIP_SEED'] ?? randomInt(2 ** 31));
const playable = deeds.filter((deed) => deed !== 'pause' && deed !== 'resume');
const sample = fc.sample(programs(playable, { most: 14 }), { seed, numRuns: runs });

/** Time for everything to come right when nothing is wrong any more. */
const settling = 3 * ttl + 5_000; // a busy machine is slow

describe(`any program of candidates, faults and operators, seed ${seed}`, () => {
  let server: EtcdServer;
  let lab: Laboratory;

  beforeAll(async () => {
    server = await EtcdServer.start();
    lab = new Laboratory(server);
  });
  afterAll(async () => {
    await lab.clear();
    await server.stop();
  });

  it.concurrent.each(sample.map((program, nth) => [printed(program), nth, program] as const))(
    '%s',
    { timeout: 90_000 },
    async (_text, nth, program) => {
      expect(await play(program, `model/${nth}`)).toEqual([]);
    },
  );

  async function play(program: Program, key: string): Promise<readonly string[]> {
    const recorder = new HistoryRecorder();
    const watching = lab.store({ ttl });
    const seen: { view?: LeaderView; queue: readonly Contender[] } = { queue: [] };
    follow(watching, key).subscribe((view) => {
      seen.view = view;
      const t = watching.clock.now();
      recorder.write({ t, who: 'follower', key, e: 'view', token: view.leader?.token });
    });
    watching.contenders(key).subscribe((queue) => (seen.queue = queue));
    const players = new Map<Name, Player>();
    for (const who of names) players.set(who, await enter(who, key, recorder));
    const all = [...players.values()];
    for (const { after, who, does } of program) {
      await sleep(after);
      await players.get(who)!.do(does);
    }
    for (const player of all) player.do('heal');
    const what = `nothing left to be said after ${printed(program)}`;
    const wrong = await eventually(
      () => {
        const findings = settledAs(all, seen.queue, seen.view);
        expect(findings).toEqual([]);
        return findings;
      },
      { what, within: settling },
    );
    for (const player of all) player.do('stop');
    const { findings } = checkHistory(recorder.records, { terms: 1 });
    return [...wrong, ...findings.map(({ rule, message }) => `${rule}: ${message}`)];
  }

  async function enter(who: Name, key: string, recorder: HistoryRecorder): Promise<Player> {
    const { proxy, store } = await lab.behindProxy({ ttl });
    /** From before until the old leader must have noticed, if it can notice at all. */
    const forced = (act: (claim: string) => Promise<unknown>) => async () => {
      const t = store.clock.now();
      const claim = await claimOf(who, key);
      if (claim !== undefined) await act(claim);
      const until = store.clock.now() + ttl;
      recorder.write({ t, who, key, e: 'forced', until });
    };
    return new Player({
      ...{ who, key, store, recorder },
      levers: {
        expire: forced((claim) => {
          const lease = /\/([0-9a-f]+)-[^/]*$/u.exec(claim)?.[1] ?? '';
          return etcdctl(['lease', 'revoke', lease], server).catch(() => undefined); // over already
        }),
        delete: forced((claim) => etcdctl(['del', claim], server)),
        cut: () => proxy.blackhole(),
        deafen: () => (proxy.down.mode = 'hold'),
        mute: () => (proxy.up.mode = 'hold'),
        slow: () => (proxy.up.delay = proxy.down.delay = ttl / 8),
        heal: () => proxy.heal(),
      },
    });
  }

  /** The key of its oldest claim. */
  async function claimOf(who: Name, key: string): Promise<string | undefined> {
    const order = ['--sort-by=CREATE', '--order=ASCEND', '--write-out=json'];
    const json = await etcdctl(['get', '--prefix', ...order, `${key}/`], server);
    const { kvs = [] } = JSON.parse(json) as { kvs?: { key: string; value: string }[] };
    const text = (base64: string) => Buffer.from(base64, 'base64').toString();
    const found = kvs.find(({ value }) => text(value).split('\0')[0] === who);
    return found && text(found.key);
  }
});
