import { TestScheduler } from 'rxjs/testing';
import { from, type ObservableInput } from 'rxjs';
import { expect } from 'vitest';
import type { Leadership, Term } from '../../lib/index.js';

export const marbles: TestScheduler['run'] = (body) =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(body);

export const joining: Leadership = { elected: false, state: 'joining' };
export const waiting: Leadership = { elected: false, state: 'waiting' };
export const interrupted: Leadership = {
  elected: false,
  state: 'interrupted',
  error: new Error('x'),
  retryIn: 1000,
};
export function fakeTerm(token = 1n) {
  const controller = new AbortController();
  const waitedFor: unknown[] = [];
  const resignations: unknown[] = [];
  let valid = true;
  const term: Term = {
    key: 'k',
    id: 'me',
    token,
    signal: controller.signal,
    isValid: () => valid,
    remaining: () => (valid ? 1000 : 0),
    waitUntil: <T>(work: ObservableInput<T>) => {
      waitedFor.push(work);
      return from(work);
    },
    resign: (error) => {
      resignations.push(error);
    },
    toJSON: () => ({ key: 'k', id: 'me', token: token.toString() }),
  };
  return {
    term,
    waitedFor,
    resignations,
    end: () => {
      controller.abort();
    },
    expire: () => {
      valid = false;
    },
  };
}
export const leading = (term: Term): Leadership => ({ elected: true, state: 'leading', term });
export const suspended = (term: Term): Leadership => ({ elected: true, state: 'suspended', term });
