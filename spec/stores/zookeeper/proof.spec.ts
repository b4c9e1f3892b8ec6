import { describe, expect, it } from 'vitest';
import { Proof } from '../../../stores/zookeeper/proof.js';

const ttl = 1_000;
const at = (now: number) => ({ now, sinceBoot: undefined });

/** From when the lease counts after each of these writes, on a connection that began at 0. */
function proven(...writes: readonly { readonly sent: number; readonly answered: number }[]) {
  const proof = new Proof(ttl, at(0));
  return writes
    .map(({ sent, answered }) => {
      const moment = at(sent);
      proof.leaves(moment);
      return { moment, answered };
    })
    .map(({ moment, answered }) => proof.acknowledged(moment, answered).now);
}

describe('from when a session counts on ZooKeeper', () => {
  it('is when the question for it left, whenever the first write is answered', () => {
    expect(proven({ sent: 500, answered: 900 })).toEqual([0]);
  });

  it('is when a write left that was answered a quarter of the ttl before a later one left', () => {
    expect(
      proven(
        { sent: 100, answered: 110 },
        { sent: 200, answered: 210 },
        { sent: 359, answered: 370 },
        { sent: 360, answered: 380 },
        { sent: 460, answered: 470 },
      ),
    ).toEqual([0, 0, 0, 100, 200]);
  });

  it('is not when a write left that a slow network brought together with a later one', () => {
    expect(
      proven(
        { sent: 100, answered: 449 },
        { sent: 450, answered: 451 },
        { sent: 698, answered: 700 },
        { sent: 701, answered: 702 },
      ),
    ).toEqual([0, 0, 0, 450]);
  });
});
