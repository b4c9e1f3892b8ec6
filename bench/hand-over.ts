import { spawnEtcdctl } from '../spec/support/etcdctl.js';
import type { BenchServer } from './backends.js';
import { Program } from './program.js';
import type { Command, Happened } from './programs/contender.js';
import type { SideName } from './sides/index.js';
import { shuffled } from './statistics.js';

/** Milliseconds from the moment in which the leader leaves, by side. */
export type Timing = Record<string, number[]>;

export interface HandOverOptions {
  readonly folder: string;
  readonly server: BenchServer;
  readonly pairs: number;
  readonly warmUp: number;
  readonly sides: readonly (SideName | 'etcdctl elect')[];
  /** What is measured: that the next one leads, or that a third process sees it lead. */
  readonly seenBy: 'successor' | 'follower';
}

/** M2 and M4: the leader leaves in one process, and who waits behind it leads in another. */
export async function handOvers(options: HandOverOptions): Promise<Timing> {
  const contender = () => new Contender(options);
  const cast = { leader: contender(), next: contender(), follower: contender() };
  const contenders = [cast.leader, cast.next, cast.follower];
  try {
    for (const each of contenders) await each.happens('ready');
    const timing: Timing = Object.fromEntries(options.sides.map((side) => [side, []]));
    for (let round = -options.warmUp; round < options.pairs; round += 1) {
      for (const side of shuffled(options.sides)) {
        const key = `hand-over/${options.seenBy}-${round + options.warmUp}-${side.split(' ')[0]}`;
        const took =
          side === 'etcdctl elect'
            ? await betweenEtcdctls(options.server, key)
            : await betweenContenders(cast, options, side, key);
        if (round >= 0) timing[side]!.push(took);
      }
    }
    return timing;
  } finally {
    await Promise.all(contenders.map((each) => each.end()));
  }
}

class Contender {
  readonly #program: Program;

  constructor({ folder, server }: HandOverOptions) {
    this.#program = new Program(folder, 'contender', [server.backend, server.url()]);
  }

  does(command: Command): void {
    this.#program.send(command);
  }

  /** When it happened, in nanoseconds. Events are to be waited for in their order. */
  async happens(what: string): Promise<number> {
    return (await this.#program.next<Happened>((told) => told.what === what)).at;
  }

  end(): Promise<void> {
    return this.#program.end();
  }
}

interface Cast {
  readonly leader: Contender;
  readonly next: Contender;
  readonly follower: Contender;
}

async function betweenContenders(
  { leader, next, follower }: Cast,
  { server, seenBy }: HandOverOptions,
  side: SideName,
  key: string,
): Promise<number> {
  const follows = seenBy === 'follower';
  leader.does({ do: 'campaign', side, key, id: 'first' });
  await leader.happens(`elected ${key}`);
  next.does({ do: 'campaign', side, key, id: 'second' });
  await server.queued(side, key, 2);
  if (follows) {
    follower.does({ do: 'follow', side, key, id: '' });
    await follower.happens(`following ${key}`);
  }
  leader.does({ do: 'leave', side, key, id: 'first' });
  const leaving = await leader.happens(`leaving ${key}`);
  const elected = await next.happens(`elected ${key}`);
  const seen = follows ? await follower.happens(`seen ${key} second`) : elected;
  if (follows) follower.does({ do: 'unfollow', side, key, id: '' });
  next.does({ do: 'leave', side, key, id: 'second' });
  await Promise.all([leader.happens(`left ${key}`), next.happens(`left ${key}`)]);
  return (seen - leaving) / 1e6;
}

/** Both wait for the signal and for their turn before anything is measured. */
async function betweenEtcdctls(server: BenchServer, key: string) {
  const { etcd } = server;
  if (etcd === undefined) throw new Error('etcdctl is for etcd alone');
  const elect = (id: string) => spawnEtcdctl(['elect', key, id], etcd);
  const first = elect('first');
  await first.until('first', () => first.lines.find((line) => line === 'first'));
  const second = elect('second');
  await server.queued('etcdctl elect', key, 2);
  const elected = new Promise<number>((resolve) => {
    second.onLine((line) => {
      if (line === 'second') resolve(performance.now());
    });
  });
  const leaving = performance.now();
  first.signal('SIGINT');
  const took = (await elected) - leaving;
  second.signal('SIGINT');
  await Promise.all([first.exited, second.exited]);
  return took;
}
