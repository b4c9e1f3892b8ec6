import { expect, it } from 'vitest';
import { monotonicScheduler } from '../../../lib/clock.js';
import type { Entry } from '../../../stores/consul/client.js';
import type { Connection } from '../../../stores/consul/connection.js';
import { Place } from '../../../stores/consul/place.js';
import type { Glance, Onlooker, Sight } from '../../../stores/consul/sight.js';
import type { Attempted, ConsulStake } from '../../../stores/consul/stake.js';
import { lockFlags } from '../../../stores/consul/wire.js';
import { eventually } from '../../support/eventually.js';

const entry = (ModifyIndex: number, Session?: string): Entry => ({
  ...{ Key: 'key', Value: '', Flags: Number(lockFlags), ModifyIndex },
  ...(Session !== undefined && { Session }),
});
const at = (index: number, Session?: string): Glance => ({
  entry: entry(index, Session),
  index: BigInt(index),
});

/** A place whose store answers when it is told to. */
function stand(token?: bigint) {
  const questions: ((answer: Attempted | Entry) => void)[] = [];
  const ask = <T>() => new Promise<T>((resolve) => questions.push(resolve as () => void));
  const stake = {
    ...{ key: 'key', token, isFirst: true, courtesy: 0, ttl: 2_000 },
    isTaken: ({ Session }: Entry) => Session !== undefined && Session !== 'ours',
    isOurs: ({ Session }: Entry) => Session === 'ours',
    attemptOn: () => ask<Attempted>(),
    read: () => ask<Entry>(),
  };
  let onlooker: Onlooker | undefined;
  const sight = {
    watch: (_: string, given: Onlooker) => ((onlooker = given), { stop: () => undefined }),
  };
  const told: string[] = [];
  const place = new Place({
    connection: { scheduler: monotonicScheduler } as unknown as Connection,
    sight: sight as unknown as Sight,
    stake: stake as unknown as ConsulStake,
    listener: {
      waiting: () => told.push('waiting'),
      first: () => told.push('first'),
      lost: ({ code }) => told.push(code),
    },
  });
  place.stand();
  const answer = async (given: Attempted | Entry) => {
    await eventually(() => questions.length > 0, { every: 1 });
    questions.shift()!(given);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { seen: (glance: Glance) => onlooker!.seen(glance), answer, questions, told };
}

it('asks again at once for a key that was seen free while it was found taken', async () => {
  const { seen, answer, questions, told } = stand();
  seen(at(1)); // free: it is asked for
  seen(at(3)); // free again, while that is on its way
  await answer('taken'); // as it was in between
  expect(questions).toHaveLength(1);
  await answer('held');
  expect(told).toEqual(['waiting', 'first']);
});

it('asks once where nothing was seen meanwhile', async () => {
  const { seen, answer, questions } = stand();
  seen(at(1));
  await answer('taken');
  expect(questions).toHaveLength(0);
});

it('notices that its key is lost which was seen while it was still found to be its own', async () => {
  const { seen, answer, questions, told } = stand(5n);
  seen(at(6, 'theirs')); // by a server that is behind, say
  seen(at(8, 'theirs'));
  await answer(entry(5, 'ours'));
  expect(questions).toHaveLength(1);
  await answer(entry(8, 'theirs'));
  expect(told).toEqual(['first', 'claim-lost']);
});
