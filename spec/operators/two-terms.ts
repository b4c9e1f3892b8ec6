import {
  fakeTerm,
  interrupted,
  joining,
  leading,
  suspended,
  waiting,
} from '../../testing/index.js';

/** A term and the one after it, and the states of a candidate that leads them, for marbles. */
export function twoTerms() {
  const [term, second] = [fakeTerm({ token: 1n }), fakeTerm({ token: 2n })];
  const states = {
    j: joining(),
    w: waiting(),
    A: leading(term),
    s: suspended(term),
    i: interrupted(),
    B: leading(second),
  };
  return { term, second, states };
}
