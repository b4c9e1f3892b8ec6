import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClaimState, LeadershipStore, Lease } from '../../../lib/contract.js';
import { zookeeperStore } from '../../../stores/zookeeper/index.js';
import { eventually } from '../../support/eventually.js';
import { ZooKeeperEnsemble } from '../../support/zookeeper-ensemble.js';
import { fourLetters } from '../../support/zookeeper-server.js';

const ttl = 2_000;

describe('on an ensemble of three', () => {
  let ensemble: ZooKeeperEnsemble;
  const stores: LeadershipStore[] = [];

  beforeEach(async () => {
    ensemble = await ZooKeeperEnsemble.start();
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await ensemble.stop();
  });

  const run = (hosts: readonly string[], id: string) => {
    const store = zookeeperStore({ hosts, ttl });
    stores.push(store);
    const states: ClaimState[] = [];
    const errors: unknown[] = [];
    const record = {
      ...{ store, states, errors },
      heldAt: undefined as number | undefined,
      lease: undefined as Lease | undefined,
    };
    store.lock('ensemble/key', { id }).subscribe({
      next: (state) => {
        states.push(state);
        if (state.status !== 'held') return;
        record.heldAt = store.clock.now();
        record.lease = state.lease;
      },
      error: (error: unknown) => errors.push(error),
    });
    return record;
  };

  it('the lease of a candidate whose follower is killed is over before another one leads', async () => {
    const [follower, ...others] = await ensemble.inOrder();
    const first = run([follower!.host], 'first');
    await eventually(() => first.heldAt !== undefined);
    const second = run(
      others.map(({ host }) => host),
      'second',
    );
    await eventually(() => second.states.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 1.3 * ttl));
    let until = first.lease!.validUntil();
    const reading = setInterval(() => {
      until = Math.max(until, first.lease!.validUntil());
    }, 5);
    await follower!.kill();
    await eventually(() => second.heldAt !== undefined, { within: 3 * ttl });
    clearInterval(reading);
    expect(second.heldAt! - until).toBeGreaterThan(0);
  });

  it('a term goes on at another server when the connected one is killed', async () => {
    const first = run(
      ensemble.members.map(({ host }) => host),
      'first',
    );
    await eventually(() => first.heldAt !== undefined);
    const connected = await eventually(async () => {
      for (const member of ensemble.members)
        if ((await fourLetters(member.port, 'cons')).includes(`to=${ttl}`)) return member;
      return false;
    });
    await connected.kill();
    await new Promise((resolve) => setTimeout(resolve, 1.5 * ttl));
    expect(first.errors).toEqual([]);
    expect(first.lease!.validUntil()).toBeGreaterThan(first.store.clock.now());
  });
});
