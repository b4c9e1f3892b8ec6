import {
  Change,
  fresh,
  just,
  type Bounds,
  type Candidate,
  type Rules,
  type World,
} from './change.js';
import { Core, type Out } from './core.js';
import type { Model, Step } from './explore.js';

const names = ['ann', 'bob', 'cem'];

/** The protocol of the queue, with the rules of the design, or with one taken out. */
export function protocol(bounds: Bounds, out?: Out): Model<World> {
  const core = new Core(bounds.ttl, out);
  const given = { core, out, bounds };
  const all = Array.from({ length: bounds.candidates }, () => ({ ...fresh }));
  const orders = out === undefined ? permutations(all.map((_, who) => who)) : [[...all.keys()]];
  return {
    start: { all, queue: [], newest: 0, bad: '' },
    key: (world) => orders.map((order) => keyOf(world, order)).reduce((a, b) => (a < b ? a : b)),
    steps: (world) => steps(given, world),
    forbidden: (world) => forbidden(core, world, out === undefined),
  };
}

/** `strict`: not only what harms, but also what would in the end. */
function forbidden(core: Core, { all, queue, newest, bad }: World, strict: boolean) {
  if (bad !== '') return bad;
  const valid = all.filter(
    ({ phase, lease }) => 'ld'.includes(phase) && lease && core.isLive(lease),
  );
  if (valid.length > 1) return 'two terms are valid at one instant';
  if (valid.some(({ claim }) => claim !== newest)) return 'a term is valid after a later one began';
  if (strict && valid.some(({ claim }) => queue[0]?.[0] !== claim))
    return 'a term is valid whose claim is not the first any more';
  const forgotten = queue.some(([token, who]) => {
    const { claim, owed, lies } = all[who]!;
    return claim !== token && !owed && !lies;
  });
  return forgotten ? 'a claim stands in the queue that nobody will ever remove' : undefined;
}

function* steps(rules: Rules, world: World) {
  const { out, bounds } = rules;
  const { ttl } = bounds;
  for (const [who, at] of world.all.entries())
    for (const [label, change] of deeds(rules, at, who)) {
      const changed = new Change(rules, world);
      change(changed, changed.of(who));
      changed.settles();
      yield [`${names[who]!}: ${label}`, changed.world] as Step<World>;
    }
  const clocks = world.all.map(({ lease, renewal }) => {
    const known = [lease, renewal?.[1]].filter((each) => !!each);
    const most = out === 'set back' ? ttl : 1;
    const maySlow = bounds.lag === true && known.every(([real, lag]) => lag < most && real < ttl);
    const maySleep = bounds.sleep === true && known.every(([real]) => real < ttl);
    if (known.length === 0) return ['right'];
    return ['right', ...(maySlow ? ['slow'] : []), ...(maySleep ? ['asleep'] : [])];
  });
  for (const each of product(clocks)) {
    const changed = new Change(rules, world);
    changed.passes(each);
    changed.settles();
    const odd = each.flatMap((clock, who) =>
      clock === 'right' ? [] : [`${names[who]!} ${clock}`],
    );
    yield [['a tick passes', ...odd].join(', '), changed.world] as Step<World>;
  }
}

type Deed = readonly [label: string, change: (change: Change, at: Candidate) => void];

/** What a candidate may do, or the server for it. Nothing has to happen: that is a process stopped. */
function* deeds({ core, out, bounds }: Rules, at: Candidate, who: number): Generator<Deed> {
  const { ttl, loss = false } = bounds;
  const { phase, lease, renewal, ask, seen, stray, owed } = at;
  const set = (given: Partial<Candidate>) => (_: Change, to: Candidate) => Object.assign(to, given);
  const live = lease !== null && core.isLive(lease);
  if (phase === 'l' && live) yield ['resigns', (c) => c.tell(who, 'resign')];
  if (phase === 'd') yield ['its work has ended', (c) => c.tell(who, 'idle')];
  if (lease && !live) yield ['finds its lease over', (c) => c.endsSession(who)];

  if (phase === 'j' && !lease) yield ['gets a session', set({ lease: just, left: ttl })];
  if (phase === 'j' && live && ask === 0 && at.claim > 0)
    yield ['holds its old claim', (c) => c.tell(who, 'held')];
  if (ask === 1)
    yield [
      'the server stakes its claim',
      (c, to) => {
        if (at.left < 0) {
          c.endsSession(who);
          return;
        }
        to.claim = c.stakes(who, false);
        c.reads(who);
      },
    ];
  if (ask === 3) yield ['the server reads the queue for it', (c) => c.reads(who)];
  if (ask === 2) yield ['hears of its claim', (c) => c.hears(who)];
  if (loss && ask > 0 && phase === 'j')
    yield ['hears nothing, and gives up', (c) => c.tell(who, 'claim-failed')];
  if (seen !== '' && ask === 0) {
    yield ['sees who left', (c) => c.sees(who)];
    if (loss) yield ['its watches break', set({ seen: '', ask: 3 })];
  }

  const renews = live || (lease && out === 'late');
  if (renews && !renewal && (ask > 0 || at.claim > 0))
    yield ['renews', set({ renewal: [0, just] })];
  if (renewal?.[0] === 0) {
    yield [
      at.left === 0 ? 'the server renews, and ends the session all the same' : 'the server renews',
      (c, to) => {
        if (at.left < 0) {
          c.endsSession(who);
          return;
        }
        to.renewal = [1, renewal[1]];
        if (at.left > 0) to.left = ttl;
        else c.expires(who);
      },
    ];
    if (out === 'minority') yield ['a minority renews', set({ renewal: [1, renewal[1]] })];
  }
  if (renewal?.[0] === 1) yield ['hears of its renewal', (c) => c.hearsOfRenewal(who)];
  if (loss && renewal) yield ['the renewal or its answer is lost', set({ renewal: null })];
  if (at.left === 0) yield ['the server ends its session', (c) => c.expires(who)];

  if (stray)
    yield [
      'the server stakes what was given up',
      (c, to) => {
        to.stray = false;
        if (at.left >= 0) c.stakes(who, true);
      },
    ];
  if (stray && loss) yield ['what was given up is lost', set({ stray: false, lies: false })];
  if (at.lies && !stray) yield ['sees it arrive', set({ lies: false, owed: true })];
  if (owed) {
    const release = (c: Change) => c.leave(([, owner, givenUp]) => owner === who && givenUp);
    yield ['releases', (c, to) => (release(c), Object.assign(to, { owed: false, lies: stray }))];
    if (loss) yield ['releases, and hears nothing of it', release];
  }
}

function keyOf({ all, queue, newest, bad }: World, order: readonly number[]): string {
  const tokens = [
    newest,
    ...queue.map(([token]) => token),
    ...all.flatMap((c) => [c.claim, c.front]),
  ];
  const ranks = [...new Set([0, ...tokens])].sort((a, b) => a - b);
  const rank = (token: number) => ranks.indexOf(token);
  const candidates = order.map((who) => {
    const { claim, front, phase, lease, renewal, left, ask, alone, seen, owed, lies, stray } =
      all[who]!;
    const flags = Number(alone) + 2 * Number(owed) + 4 * Number(lies) + 8 * Number(stray);
    return `${phase}${lease?.join('')}/${renewal?.flat().join('')}/${left}${ask}${rank(claim)}${rank(front)}/${flags}${seen}`;
  });
  const entries = queue.map(
    ([token, who, up]) => `${rank(token)}${order.indexOf(who)}${up ? '-' : ''}`,
  );
  return `${candidates.join()};${entries.join()};${rank(newest)}${bad}`;
}

function product(sets: readonly (readonly string[])[]): string[][] {
  return sets.reduce<string[][]>(
    (some, set) => some.flatMap((s) => set.map((e) => [...s, e])),
    [[]],
  );
}

function permutations(of: readonly number[]): number[][] {
  if (of.length === 0) return [[]];
  return of.flatMap((first) =>
    permutations(of.filter((each) => each !== first)).map((rest) => [first, ...rest]),
  );
}
