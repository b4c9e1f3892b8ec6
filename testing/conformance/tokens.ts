import { expectEqual, expectThat } from '../assert.js';
import type { Bench } from './bench.js';
import type { ConformanceCase } from './harness.js';

/** Fencing: every term has a larger token than every earlier one. */
export const tokenCases: readonly ConformanceCase[] = [
  { name: 'tokens rise over fifty terms of three stores', run: fiftyTerms },
  {
    name: 'the token of a claim is the one that followers see',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const { token } = await bench.stake(one, 'me').isHeld();
      const view = bench.see(two.watch(bench.key));
      const { leader } = await view.shows('me', (shown) => shown.leader?.id === 'me');
      expectEqual(leader?.token, token);
      const text = JSON.stringify({ leader });
      expectThat(text.includes(`"token":"${token}"`), `a record can be written as JSON: ${text}`);
    },
  },
  {
    name: 'tokens rise when nobody was there for a while, and no store was open',
    run: async (bench) => {
      const before = await bench.open();
      const { token } = await bench.stake(before, 'before').isHeld();
      bench.leaveAll();
      await before.close();
      const { token: after } = await bench.stake(await bench.open(), 'after').isHeld();
      expectThat(after > token, `${after} comes after ${token}`);
    },
  },
  {
    name: 'tokens rise over a restart of the server',
    needs: ['restart'],
    asks: ['durable'],
    alone: true,
    run: async (bench) => {
      const before = await bench.open();
      const stake = bench.stake(before, 'before');
      const { token } = await stake.isHeld();
      await stake.left();
      await before.close();
      await bench.lever('restart')();
      const { token: after } = await bench.stake(await bench.open(), 'after').isHeld(bench.ttl);
      expectThat(after > token, `${after} comes after ${token}`);
    },
  },
];

async function fiftyTerms(bench: Bench): Promise<void> {
  const store = await bench.openSome(3);
  let next = bench.stake(store(), 'term 0');
  let newest = -1n;
  for (let term = 1; term <= 50; term += 1) {
    const { token } = await next.isHeld(bench.ttl);
    expectThat(token > newest, `${token} comes after ${newest}`);
    newest = token;
    const holder = next;
    next = bench.stake(store(), `term ${term}`);
    holder.leave();
  }
}
