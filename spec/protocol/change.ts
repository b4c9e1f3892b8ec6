import { Core, type Ago, type Out, type Phase } from './core.js';

/**
 * A candidate, and what is under way between it and the server. `ask`, about its claim: 1 asked to
 * stake, 2 answered with what is in front, 3 asked to read. `renewal`: 0 asked, 1 acknowledged.
 * `left`: ticks until the server may end its session, -1 without one. `seen`: what the watches have
 * told, of its own claim or the one in front. `owed`: what was given up is still to be released.
 * `stray`: a request to stake that nobody waits for any more; `lies`: it is watched for.
 */
export interface Candidate {
  phase: Phase;
  lease: Ago | null;
  renewal: readonly [stage: number, sent: Ago] | null;
  left: number;
  ask: number;
  claim: number;
  front: number;
  alone: boolean;
  seen: string;
  owed: boolean;
  lies: boolean;
  stray: boolean;
}

/** What is in the queue: the claim of a candidate, or one that it has given up. */
type Entry = readonly [token: number, who: number, givenUp: boolean];

export interface World {
  all: Candidate[];
  queue: Entry[];
  newest: number;
  bad: string;
}

export interface Bounds {
  readonly candidates: number;
  /** How many ticks a session lasts. */
  readonly ttl: number;
  /** Whether clocks may lag, whether machines may sleep, whether messages get lost. */
  readonly lag?: boolean;
  readonly sleep?: boolean;
  readonly loss?: boolean;
}

export const just: Ago = [0, 0, 0];
export const fresh: Candidate = {
  ...{ phase: 'j', lease: null, renewal: null, left: -1, ask: 0, claim: 0, front: 0, alone: false },
  ...{ seen: '', owed: false, lies: false, stray: false },
};
const unclaimed = { ask: 0, claim: 0, front: 0, alone: false, seen: '' };

export interface Rules {
  readonly core: Core;
  readonly out: Out | undefined;
  readonly bounds: Bounds;
}

/** A world while a step changes it. */
export class Change {
  readonly #core: Core;
  readonly #out: Out | undefined;
  readonly #ttl: number;
  readonly world: World;

  constructor({ core, out, bounds }: Rules, { all, queue, newest, bad }: World) {
    this.#core = core;
    this.#out = out;
    this.#ttl = bounds.ttl;
    this.world = { all: all.map((each) => ({ ...each })), queue: [...queue], newest, bad };
  }

  of(who: number): Candidate {
    return this.world.all[who]!;
  }

  stakes(who: number, givenUp: boolean): number {
    const { queue, newest, all } = this.world;
    const token = 1 + Math.max(newest, ...queue.map(([each]) => each), ...all.map((c) => c.claim));
    queue.push([token, who, givenUp]);
    return token;
  }

  /** Entries leave the queue; the watches of others tell of it in this order. */
  leave(gone: (entry: Entry) => boolean): void {
    const leaving = this.world.queue.filter(gone);
    this.world.queue = this.world.queue.filter((entry) => !gone(entry));
    for (const [token] of leaving)
      for (const each of this.world.all) {
        if (each.claim === token && !each.seen.includes('own')) each.seen += 'own ';
        if (each.front !== token) continue;
        each.front = 0;
        each.seen += 'front ';
      }
  }

  reads(who: number): void {
    const at = this.of(who);
    const place = this.world.queue.findIndex(([token]) => token === at.claim);
    const front = this.world.queue[place - 1]?.[0] ?? 0;
    Object.assign(at, { ask: 2, front, alone: place === 1, seen: '' });
    if (place < 0) this.tell(who, 'claim-failed');
  }

  tell(who: number, event: 'look' | 'waiting' | 'held' | 'claim-failed' | 'resign' | 'idle'): void {
    const { world } = this;
    const at = this.of(who);
    const before = at.phase;
    at.phase = this.#core.next(before, at.claim, at.lease, event);
    if (at.phase === 'l' && before !== 'l') {
      if (at.claim <= world.newest) world.bad = 'the token of a term is not larger than all before';
      world.newest = Math.max(world.newest, at.claim);
    }
    if (at.phase === 'r' && before !== 'r') this.#givesUp(who);
  }

  #givesUp(who: number): void {
    const { world } = this;
    const at = this.of(who);
    if (this.#out === 'twice' && at.ask === 0) return;
    if (at.ask === 1) at.stray = true;
    if (at.ask === 1 || at.claim > 0) at.owed = this.#out !== 'forgets';
    if (!at.owed) this.leave(([token]) => token === at.claim);
    else world.queue = world.queue.map((e) => (e[0] === at.claim ? [e[0], who, true] : e));
    Object.assign(at, unclaimed);
  }

  /** The candidate writes its session off. The server ends it at once: later would be safer. */
  endsSession(who: number): void {
    this.expires(who);
    const gone = { lease: null, renewal: null, owed: false, lies: false, stray: false };
    Object.assign(this.of(who), gone, unclaimed);
    this.tell(who, 'claim-failed');
  }

  hears(who: number): void {
    const at = this.of(who);
    at.ask = 0;
    this.tell(who, at.front === 0 && !at.seen.includes('front') ? 'held' : 'waiting');
  }

  sees(who: number): void {
    const at = this.of(who);
    const [first, ...rest] = at.seen.split(/(?<= )/u);
    at.seen = rest.join('');
    if (first === 'own ') this.tell(who, 'claim-failed');
    else if (at.alone || this.#out === 'front') this.tell(who, 'held');
    else at.ask = 3;
  }

  hearsOfRenewal(who: number): void {
    const at = this.of(who);
    const lease = at.lease && this.#core.acknowledged(at.lease, at.renewal![1]);
    at.renewal = null;
    if (lease) at.lease = lease;
    else this.endsSession(who);
  }

  /** The server ends the session. */
  expires(who: number): void {
    this.of(who).left = -1;
    this.leave(([, owner]) => owner === who);
  }

  /** What needs no time of its own: to wait with it is to be slow. What is old is all the same. */
  settles(): void {
    for (const [who, at] of this.world.all.entries()) {
      const isOver = at.lease && !this.#core.isLive(at.lease);
      const old = [this.#ttl, 0, 0] as const;
      if (isOver) at.lease = old;
      if (at.renewal && !this.#core.isLive(at.renewal[1]) && this.#out !== 'answer')
        at.renewal = null;
      if (isOver && !'ld'.includes(at.phase)) {
        if (this.#core.next(at.phase, at.claim, old, 'held') === 'l')
          this.world.bad = 'a term may begin on a lease that is over';
        this.endsSession(who);
      }
      if (at.phase === 'n') this.tell(who, 'idle');
      if (at.phase === 'r') this.tell(who, 'look');
      if (at.phase === 'j' && at.lease && at.ask === 0 && at.claim === 0 && !at.owed) at.ask = 1;
    }
  }

  /** A tick passes, by the clock of each: right, slow or asleep. */
  passes(clocks: readonly string[]): void {
    for (const [who, at] of this.world.all.entries()) {
      const slow = clocks[who] === 'slow' ? 1 : 0;
      const asleep = clocks[who] === 'asleep' ? 1 : 0;
      const older = ([real, lag, slept]: Ago): Ago =>
        real === this.#ttl ? [real, lag, slept] : [real + 1, lag + slow, slept + asleep];
      if (at.lease) at.lease = older(at.lease);
      if (at.renewal) at.renewal = [at.renewal[0], older(at.renewal[1])];
      if (at.left > 0) at.left -= 1;
    }
  }
}
