import { expect, it } from 'vitest';
import { monotonicScheduler } from '../../../lib/clock.js';
import { Turns } from '../../../stores/shared/turns.js';
import { eventually } from '../../support/eventually.js';

const late = () => new Error('late');

/** Begins `count` pieces of work; `ends` ends them one by one. */
function begin(turns: Turns, count: number, limit = 5_000) {
  const begun: number[] = [];
  const ended: Promise<string>[] = [];
  const ends: ((error?: Error) => void)[] = [];
  for (let n = 0; n < count; n += 1) {
    const work = () =>
      new Promise<void>((resolve, reject) => {
        begun.push(n);
        ends.push((error) => (error === undefined ? resolve() : reject(error)));
      });
    ended.push(turns.take(limit, late, work).then(() => 'done', String));
  }
  return { begun, ends, ended };
}

it('a hundred requests go at once, the others in their order, whatever becomes of those', async () => {
  const { begun, ends, ended } = begin(new Turns(monotonicScheduler), 103);
  await eventually(() => begun.length === 100);
  ends[5]?.(new Error('failed'));
  ends[7]?.();
  await eventually(() => begun.length === 102);
  expect(begun.slice(100)).toEqual([100, 101]);
  for (const end of ends) end();
  await eventually(() => begun.length === 103);
  ends[102]?.();
  expect(new Set(await Promise.all(ended))).toEqual(new Set(['done', 'Error: failed']));
});

it('a request that has to wait for too long is never sent, and takes no turn', async () => {
  const turns = new Turns(monotonicScheduler);
  const first = begin(turns, 100);
  const waiting = begin(turns, 2, 50);
  expect(await Promise.all(waiting.ended)).toEqual(['Error: late', 'Error: late']);
  for (const end of first.ends) end();
  await Promise.all(first.ended);
  expect(waiting.begun).toEqual([]);
  const next = begin(turns, 101);
  await eventually(() => next.begun.length === 100);
  for (const end of next.ends) end();
});
