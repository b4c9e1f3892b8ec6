import { expect, it } from 'vitest';
import { sleepAware } from '../../lib/clock.js';

it('tells a sleep of the machine, and not the ticking of a coarse source', () => {
  let [now, slept] = [0, 0];
  const coarse = () => Math.floor((now + slept + 4_321) / 10) * 10;
  const clock = sleepAware({ now: () => now }, coarse);
  const start = clock.sinceBoot();
  for (; now < 1_000; now += 3) expect(clock.sinceBoot() - start).toBeCloseTo(now);
  slept = 5_000;
  expect(clock.sinceBoot() - start - now).toBeGreaterThan(4_980);
  expect(clock.now()).toBe(now);
});
