import { TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';

/** Runs `body` in virtual time, and compares with what its marbles say. */
export const marbles: TestScheduler['run'] = (body) =>
  new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  }).run(body);
