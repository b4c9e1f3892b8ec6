import { expectEqual, expectThat } from '../assert.js';
import type { Bench } from './bench.js';
import { pause } from './eventually.js';
import type { ConformanceCase } from './harness.js';

/** Giving a claim back, in every state it may be in. */
export const releaseCases: readonly ConformanceCase[] = [
  {
    name: 'an unsubscribed claim is given back at once, not when its lease runs out',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const first = bench.stake(one, 'first');
      await first.isHeld();
      const second = bench.stake(two, 'second');
      await second.isWaiting();
      first.leave();
      await second.isHeld();
    },
  },
  {
    name: 'settled tells `released`, and then the key is free',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const first = bench.stake(one, 'first');
      await first.isHeld();
      expectEqual((await first.left()).outcome, 'released');
      const second = bench.stake(two, 'second');
      await second.isHeld();
      const waited = second.states.some(({ status }) => status === 'waiting');
      expectThat(!waited || bench.manifest.queue === false, 'nobody was in front of it');
    },
  },
  {
    name: 'a waiting claim is given back too',
    run: async (bench) => {
      const [one, two, three] = [await bench.open(), await bench.open(), await bench.open()];
      const first = bench.stake(one, 'first');
      await first.isHeld();
      const second = bench.stake(two, 'second');
      await second.isWaiting();
      expectEqual((await second.left()).outcome, 'released');
      await first.left();
      await bench.stake(three, 'third').isHeld();
      await pause(bench.soon);
      expectThat(!second.holds, 'what was given back never leads');
    },
  },
  {
    name: 'a claim that is unsubscribed in the tick of its subscription leaves nothing behind',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      await bench.stake(one, 'other', { key: `${bench.key}-other` }).isHeld();
      const stake = bench.stake(one, 'me');
      expectEqual((await stake.left()).outcome, 'released');
      await bench.stake(two, 'next').isHeld();
    },
  },
  {
    name: 'a claim given up on its way leaves no orphan in a session that lives on',
    run: inFlight,
  },
  {
    name: 'a claim whose answer comes after it was given up leaves no zombie',
    needs: ['holdReplies'],
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const other = bench.stake(one, 'other', { key: `${bench.key}-other` });
      await other.isHeld();
      const deliver = await bench.holdReplies(one);
      const given = bench.stake(one, 'given up');
      await pause(bench.ttl / 16);
      given.leave();
      await pause(bench.ttl / 16);
      await deliver();
      await given.isSettled(bench.ttl);
      await bench.stake(two, 'next').isHeld();
      expectThat(other.holds, 'the session lives on');
    },
  },
  { name: 'a claim staked in the tick of the last release is a new one, and stays', run: sameTick },
  {
    name: 'resubscribing again and again never gets stuck',
    run: async (bench) => {
      const store = await bench.open();
      let newest = -1n;
      for (let round = 0; round < 10; round += 1) {
        const stake = bench.stake(store, 'me');
        const { token } = await stake.isHeld();
        expectThat(token > newest, `${token} comes after ${newest}`);
        newest = token;
        stake.leave();
      }
    },
  },
  {
    name: 'giving back what cannot be reached settles within the ttl',
    needs: ['cut'],
    run: async (bench) => {
      const store = await bench.open();
      const held = bench.stake(store, 'me');
      await held.isHeld();
      const other = bench.stake(store, 'other');
      await other.isWaiting();
      await bench.cut(store);
      for (const stake of [held, other]) stake.leave();
      const outcomes = [held, other].map((stake) => stake.isSettled(bench.ttl + bench.soon / 2));
      const [leader, waiting] = await Promise.all(outcomes);
      expectEqual(leader?.outcome, 'abandoned', 'nobody can know');
      // Without a queue, one that waits has left no trace.
      if (bench.manifest.queue !== false)
        expectEqual(waiting?.outcome, 'abandoned', 'nobody can know');
    },
  },
  {
    name: 'a claim staked while an earlier release is unanswered does not wait for ever',
    needs: ['cut'],
    run: async (bench) => {
      const store = await bench.open();
      const first = bench.stake(store, 'first');
      await first.isHeld();
      const mend = await bench.cut(store);
      first.leave();
      const second = bench.stake(store, 'second');
      await pause(bench.ttl / 8);
      await mend();
      await second.isHeld(bench.ttl);
      expectEqual((await first.isSettled()).outcome, 'released');
    },
  },
];

/** Another election keeps the session alive, so nothing ends by itself. */
async function inFlight(bench: Bench): Promise<void> {
  const [one, two] = [await bench.open(), await bench.open()];
  const other = bench.stake(one, 'other', { key: `${bench.key}-other` });
  await other.isHeld();
  for (const [name, passes] of moments) {
    const key = `${bench.key}-after-${name}`;
    const given = bench.stake(one, 'given up', { key });
    await passes();
    expectEqual((await given.left()).outcome, 'released');
    await bench.stake(two, 'next', { key }).isHeld();
  }
  expectThat(other.holds, 'the session lives on');
}

/** Short times, after which a claim may have come to any stage. */
const moments: readonly (readonly [string, () => Promise<void>])[] = [
  ...[1, 2, 3, 5, 8].map((tasks) => [`${tasks} microtasks`, () => microtasks(tasks)] as const),
  ...[0, 1, 2, 3, 5, 8, 13, 21].map((ms) => [`${ms} ms`, () => pause(ms)] as const),
];

async function microtasks(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await Promise.resolve();
}

async function sameTick(bench: Bench): Promise<void> {
  const [one, two] = [await bench.open(), await bench.open()];
  const first = bench.stake(one, 'me');
  const { token } = await first.isHeld();
  first.leave();
  const second = bench.stake(one, 'me');
  const held = await second.isHeld();
  expectThat(held.token > token, 'it has a larger token');
  expectEqual((await first.isSettled()).outcome, 'released');
  await pause(bench.soon);
  expectThat(second.holds, 'the old release did not touch it');
  const view = bench.see(two.watch(bench.key));
  await view.shows('it', ({ leader }) => leader?.token === held.token);
}
