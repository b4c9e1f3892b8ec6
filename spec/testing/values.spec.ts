import { firstValueFrom, NEVER, of, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  coolingDown,
  fakeTerm,
  interrupted,
  joining,
  leading,
  led,
  resigning,
  stale,
  suspended,
  vacant,
  waiting,
} from '../../testing/index.js';

describe('fakeTerm', () => {
  it('is a term that is valid until the test ends it', () => {
    const term = fakeTerm({ key: 'k', id: 'i', token: 7n, remaining: 500 });
    expect([term.key, term.id, term.token, term.isValid(), term.remaining()]).toEqual(
      ['k', 'i', 7n, true, 500], // prettier-ignore
    );
    term.signalEnd('expired');
    expect([term.signal.aborted, term.isValid()]).toEqual([true, true]);
    const over = {
      code: 'term-over',
      message: expect.stringContaining('token 7 is over (expired)'),
    };
    expect(term.signal.reason).toMatchObject(over); // as of a real one
    term.end();
    expect([term.isValid(), term.remaining()]).toEqual([false, 0]);
    expect(term.signal.reason).toMatchObject(over);
    expect(JSON.stringify(term)).toBe('{"key":"k","id":"i","token":"7"}');
  });

  it('can run out without anybody being told', () => {
    const term = fakeTerm();
    term.expire();
    expect([term.signal.aborted, term.isValid()]).toEqual([false, false]);
  });

  it('passes work through, remembers it, and refuses it when it is over', async () => {
    const term = fakeTerm();
    const work$ = of(1, 2);
    expect(await firstValueFrom(term.waitUntil(work$).pipe(toArray()))).toEqual([1, 2]);
    const waiting$ = term.waitUntil(NEVER);
    term.end();
    await expect(firstValueFrom(waiting$)).rejects.toMatchObject({ code: 'term-over' });
    expect(term.works).toEqual([work$, NEVER]);
  });

  it('remembers with what it was resigned', () => {
    const term = fakeTerm();
    term.resign();
    term.resign('because');
    expect(term.resignations).toEqual([undefined, 'because']);
  });
});

it('makes every state of a candidate, of a term or of its token', () => {
  const term = fakeTerm({ token: 3n });
  expect([leading(term), suspended(term)]).toEqual([
    { elected: true, state: 'leading', term },
    { elected: true, state: 'suspended', term },
  ]);
  expect(leading(3n)).toMatchObject({ term: { token: 3n } });
  expect([joining(), waiting(), waiting(2), resigning()]).toEqual([
    { elected: false, state: 'joining' },
    { elected: false, state: 'waiting' },
    { elected: false, state: 'waiting', ahead: 2 },
    { elected: false, state: 'resigning' },
  ]);
  const ended = { token: 3n, reason: 'resigned' };
  expect(resigning(3n)).toMatchObject({ state: 'resigning', ended });
  expect(resigning(term, 'lost')).toMatchObject({ ended: { reason: 'lost' } });
  expect(coolingDown(3n, 50)).toMatchObject({ state: 'cooling-down', ended, retryIn: 50 });
  expect(interrupted('why', 9)).toMatchObject({ state: 'interrupted', error: 'why', retryIn: 9 });
});

it('makes what followers see', () => {
  expect(led('a', 2n, 'x')).toMatchObject({ leader: { id: 'a', token: 2n, data: 'x' } });
  expect(vacant()).toEqual({ leader: undefined, stale: false });
  expect(stale(vacant())).toEqual({ leader: undefined, stale: true });
});
