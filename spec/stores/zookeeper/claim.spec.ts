import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LeadershipStore } from '../../../lib/contract.js';
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
    for (const each of leave.splice(0)) each();
  });
  afterAll(async () => {
    await store.close();
    await operator.close();
    proxy.stop();
    await server.stop();
  });

  const run = (key: string, id: string) => {
    const tokens: bigint[] = [];
    const errors: unknown[] = [];
    const subscription = store.lock(key, { id }).subscribe({
      next: (state) => {
        if (state.status === 'held') tokens.push(state.token);
      },
      error: (error: unknown) => errors.push(error),
    });
    leave.push(() => subscription.unsubscribe());
    return { tokens, errors };
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
});
