import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LeadershipStore, Settlement } from '../../../lib/contract.js';
import { isLeadershipError } from '../../../lib/errors.js';
import { zookeeperStore } from '../../../stores/zookeeper/index.js';
import { eventually } from '../../support/eventually.js';
import { TcpProxy } from '../../support/proxy.js';
import { ZooKeeperOperator } from '../../support/zookeeper-operator.js';
import { ZooKeeperServer } from '../../support/zookeeper-server.js';

const ttl = 2_000;

describe('a claim in ZooKeeper', () => {
  let server: ZooKeeperServer;
  let operator: ZooKeeperOperator;
  let proxy: TcpProxy;
  let store: LeadershipStore;

  beforeAll(async () => {
    server = await ZooKeeperServer.start();
    operator = new ZooKeeperOperator(server.host);
    proxy = await TcpProxy.start(server.port);
    store = zookeeperStore({ hosts: `127.0.0.1:${proxy.port}`, ttl });
  });
  const leave: (() => void)[] = [];
  afterEach(() => {
    proxy.heal();
    for (const each of leave.splice(0)) each();
  });
  afterAll(async () => {
    await store.close();
    await operator.close();
    proxy.stop();
    await server.stop();
  });

  const run = (key: string, id: string, at = store) => {
    const tokens: bigint[] = [];
    const errors: unknown[] = [];
    const outcomes: string[] = [];
    const settled = ({ outcome }: Settlement) => outcomes.push(outcome);
    const subscription = at.lock(key, { id, settled }).subscribe({
      next: (state) => {
        if (state.status === 'held') tokens.push(state.token);
      },
      error: (error: unknown) => errors.push(error),
    });
    leave.push(() => subscription.unsubscribe());
    return { tokens, errors, outcomes, leave: () => subscription.unsubscribe() };
  };

  it('whose answer was lost is one node, and leads', async () => {
    const lost = proxy.loseReply('claim/ambiguous/_c_');
    const other = run('claim/other', 'other');
    await eventually(() => other.tokens.length > 0);
    const { tokens, errors } = run('claim/ambiguous', 'me');
    await lost;
    await eventually(() => tokens.length > 0, { within: ttl });
    expect(await operator.claims('claim/ambiguous')).toHaveLength(1);
    expect([...errors, ...other.errors]).toEqual([]);
  });

  it('that an operator writes over is lost, and what was written stays', async () => {
    const { tokens, errors } = run('claim/overwritten', 'me');
    const other = run('claim/other', 'other');
    await eventually(() => tokens.length > 0 && other.tokens.length > 0);
    const [claim] = await operator.claims('claim/overwritten');
    await operator.overwrite(claim!.path, 'foreign');
    await eventually(() => errors.some((error) => isLeadershipError(error, 'claim-lost')));
    expect(await operator.valueOf(claim!.path)).toBe('foreign');
  });

  it('that is written over while nobody could tell it is lost all the same', async () => {
    // Its lease lasts for longer than this takes on a busy machine.
    const patient = zookeeperStore({ hosts: `127.0.0.1:${proxy.port}`, ttl: 10_000 });
    const { tokens, errors } = run('claim/unheard', 'me', patient);
    await eventually(() => tokens.length > 0);
    const [claim] = await operator.claims('claim/unheard');
    proxy.refuse();
    proxy.reset();
    await operator.overwrite(claim!.path, 'foreign');
    await proxy.accept();
    await eventually(() => errors.some((error) => isLeadershipError(error, 'claim-lost')));
    await patient.close();
  });

  it('that is given up after it was written over leaves what was written', async () => {
    const one = run('claim/left', 'me');
    const other = run('claim/other', 'other');
    await eventually(() => one.tokens.length > 0 && other.tokens.length > 0);
    const [claim] = await operator.claims('claim/left');
    proxy.blackhole();
    await operator.overwrite(claim!.path, 'foreign');
    one.leave(); // before it can know
    proxy.heal();
    await eventually(() => one.outcomes.length > 0);
    expect(await operator.valueOf(claim!.path)).toBe('foreign');
    expect(other.errors).toEqual([]);
  });

  it('that is given up before its answer came, which is lost, leaves nothing', async () => {
    const other = run('claim/given', 'other'); // so that the parents are there
    await eventually(() => other.tokens.length > 0);
    const lost = proxy.loseReply('claim/given/_c_');
    const { outcomes, leave } = run('claim/given', 'me');
    await lost;
    leave();
    await eventually(() => outcomes.length > 0, { within: ttl });
    expect(outcomes).toEqual(['released']);
    expect(await operator.claims('claim/given')).toHaveLength(1);
    expect(other.errors).toEqual([]);
  });

  it('that waits does not lead because one in the middle has left', async () => {
    const claims = ['first', 'second', 'third'].map((id) => ({ id, ...run('claim/queue', id) }));
    await eventually(async () => (await operator.claims('claim/queue')).length === 3);
    const order = (await operator.claims('claim/queue')).map(({ value }) => value.split('\0')[0]);
    const [head, middle, last] = order.map((id) => claims.find((each) => each.id === id)!);
    await eventually(() => head!.tokens.length > 0);
    middle!.leave();
    await eventually(() => middle!.outcomes.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(last!.tokens).toEqual([]);
    head!.leave();
    await eventually(() => last!.tokens.length > 0);
  });
});
