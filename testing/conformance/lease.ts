import { tap } from 'rxjs';
import { expectEqual, expectThat, print } from '../assert.js';
import type { Bench } from './bench.js';
import { eventually, pause } from './eventually.js';
import type { ConformanceCase } from './harness.js';

/** How long a session is certain, and who is told when it is not. */
export const leaseCases: readonly ConformanceCase[] = [
  {
    name: 'what the store keeps to is known before, and leaves room for a lost renewal',
    run: async (bench) => {
      const store = await bench.open();
      const expected = store.timing();
      expectEqual(store.timing(bench.ttl), expected, 'timing is pure, and the ttl the default');
      const { lease } = await bench.stake(store, 'me').isHeld();
      const { ttl, margin, gap } = lease;
      expectEqual({ ttl, margin, gap }, expected, 'the lease is kept as it was said');
      expectThat(margin >= Math.max(200, ttl / 10), `margin ${margin} of ${ttl}`);
      expectThat(margin + gap < ttl, `margin ${margin} and gap ${gap} of ${ttl}`);
    },
  },
  {
    name: 'a claim with a ttl of its own has a session of its own',
    asks: ['ownTtl'],
    run: async (bench) => {
      const store = await bench.open();
      const short = bench.stake(store, 'short');
      const long = bench.stake(store, 'long', { key: `${bench.key}-long`, ttl: 3 * bench.ttl });
      const [one, two] = [await short.isHeld(), await long.isHeld()];
      expectThat(two.lease.ttl >= 3 * bench.ttl, `granted ${two.lease.ttl}`);
      expectThat(two.lease.validUntil() > one.lease.validUntil(), 'it is certain for longer');
    },
  },
  {
    name: 'a lease shows its state at once, and `over` last when its owner gives it up',
    run: async (bench) => {
      const store = await bench.open();
      const stake = bench.stake(store, 'me');
      const { lease } = await stake.isHeld();
      const states = bench.see(lease.state$);
      await states.hasShown('live', (state) => state === 'live');
      await stake.left();
      await states.completes(bench.hold);
      expectEqual(states.last, 'over');
      expectThat(lease.validUntil() <= store.clock.now(), 'and is not certain any more');
    },
  },
  {
    name: 'a cut-off lease is suspended, then over at its deadline, and errors',
    needs: ['cut'],
    run: cutOff,
  },
  {
    name: 'a lease that is reached again in time goes on as if nothing had been',
    needs: ['cut'],
    run: async (bench) => {
      const store = await bench.open();
      const stake = bench.stake(store, 'me');
      const { lease } = await stake.isHeld();
      const states = bench.see(lease.state$);
      const mend = await bench.cut(store);
      await states.hasShown('suspended', (state) => state === 'suspended', bench.ttl);
      await mend();
      await states.shows('live', (state) => state === 'live');
      await pause(bench.ttl);
      expectThat(stake.holds, 'the claim is still held');
    },
  },
  { name: 'a late acknowledgement counts from its sending', needs: ['holdReplies'], run: late },
  {
    name: 'an acknowledgement after the deadline revives nothing',
    needs: ['holdReplies'],
    run: tooLate,
  },
  {
    name: 'runsOut tells once when so much is left, and at once when it is over',
    needs: ['cut'],
    run: async (bench) => {
      const store = await bench.open();
      const { lease } = await bench.stake(store, 'me').isHeld();
      const before = bench.ttl / 8;
      const early = bench.see(lease.runsOut(before));
      await pause(bench.ttl / 2);
      expectEqual(early.values.length, 0, 'renewals move it');
      await bench.cut(store);
      await early.completes(bench.hold);
      const left = lease.validUntil() - store.clock.now();
      expectThat(left <= before && left > -bench.soon, `${left} were left`);
      expectEqual(early.values.length, 1);
      await bench.see(lease.state$).shows('over', (state) => state === 'over', bench.hold);
      await bench.see(lease.runsOut(0)).completes();
    },
  },
];

async function cutOff(bench: Bench): Promise<void> {
  const store = await bench.open();
  const holder = bench.stake(store, 'holder');
  const { lease } = await holder.isHeld();
  const waiting = bench.stake(store, 'waiting');
  await waiting.isWaiting();
  const states$ = bench.see(lease.state$);
  await bench.cut(store);
  const cut = store.clock.now();
  await states$.hasShown('suspended', (state) => state === 'suspended', bench.ttl);
  const suspended = store.clock.now() - cut;
  // A renewal is due each quarter, and is in doubt half of that later.
  expectThat(suspended <= 0.375 * bench.ttl + 200, `suspended only after ${suspended}`);
  await states$.completes(bench.hold);
  const late = store.clock.now() - lease.validUntil();
  expectThat(late >= 0 && late < bench.soon, `over ${late} after the deadline`);
  expectEqual(states$.values.slice(-2), ['suspended', 'over']);
  for (const stake of [holder, waiting]) {
    const { code } = await stake.isLost();
    expectThat(['lease-expired', 'session-lost'].includes(code), `the code is ${print(code)}`);
  }
}

async function late(bench: Bench): Promise<void> {
  const store = await bench.open();
  const { lease } = await bench.stake(store, 'me').isHeld();
  const left: number[] = []; // each time that it was live, read at that moment
  const reading = tap((state) => {
    if (state === 'live') left.push(lease.validUntil() - store.clock.now());
  });
  const states = bench.see(lease.state$.pipe(reading));
  const deliver = await bench.holdReplies(store);
  await states.hasShown('suspended', (state) => state === 'suspended', bench.ttl);
  const before = lease.validUntil();
  await deliver();
  const again = await eventually('live again', bench.soon, () => left[1]);
  // At once, or with the next one where a store counts from the acknowledgement before.
  await eventually(
    'the lease moves on',
    bench.soon,
    () => lease.validUntil() > before || undefined,
  );
  // What was acknowledged had been sent an eighth of the ttl before, at least.
  const most = lease.ttl - lease.margin - lease.ttl / 16;
  expectThat(again <= most, `${again} left, more than ${most}: counted from the answer`);
}

async function tooLate(bench: Bench): Promise<void> {
  const [store, other] = [await bench.open(), await bench.open()];
  const stake = bench.stake(store, 'me');
  const { token, lease } = await stake.isHeld();
  const deliver = await bench.holdReplies(store);
  await stake.isLost(bench.hold);
  expectThat(lease.validUntil() <= store.clock.now(), 'the lease is over');
  await deliver();
  await pause(bench.ttl / 4);
  expectThat(lease.validUntil() <= store.clock.now(), 'and stays over');
  expectEqual(stake.states.filter(({ status }) => status === 'held').length, 1);
  // Though the server had every renewal: a dead session is not renewed any more.
  const next = await bench.stake(other, 'next').isHeld(bench.hold);
  expectThat(next.token > token, 'the next has a larger token');
}
