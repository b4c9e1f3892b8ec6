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

it('looks at the source once in a millisecond, and sees a sleep after that', () => {
  let [now, slept, looks] = [0, 0, 0];
  const source = () => {
    looks += 1;
    return now + slept;
  };
  const clock = sleepAware({ now: () => now }, source);
  looks = 0;
  for (now = 1; now < 2; now += 0.25) clock.sinceBoot();
  expect(looks).toBe(1);
  slept = 5_000;
  expect(clock.sinceBoot()).toBe(5_002);
});
