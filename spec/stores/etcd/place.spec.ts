import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { monotonicScheduler } from '../../../lib/clock.js';
import { LeadershipError } from '../../../lib/errors.js';
import { Connection } from '../../../stores/etcd/connection.js';
import { EtcdStake } from '../../../stores/etcd/stake.js';
import { Watches } from '../../../stores/etcd/watches.js';
import { electionKeys } from '../../../stores/etcd/wire.js';
import { EtcdServer } from '../../support/etcd-server.js';
import { eventually } from '../../support/eventually.js';
import { Laboratory } from './fixture.js';

let server: EtcdServer;
let lab: Laboratory;

beforeAll(async () => {
  server = await EtcdServer.start();
  lab = new Laboratory(server);
});
afterEach(() => lab.clear());
afterAll(() => server.stop());

/** A claim that stands in its queue, and what its place says after the store is out of reach. */
async function outOfReach(key: string, ahead: number) {
  const connection = new Connection({ hosts: server.url }, monotonicScheduler);
  const watches = new Watches(connection, 1_000);
  const { ID: lease } = await connection.call('grant', 1_000, (client, options) =>
    client.leaseClient.leaseGrant({ TTL: 5 }, options),
  );
  for (let n = 0; n < ahead; n += 1) await lab.put(`${key}/${n}`, 'ahead');
  const own = { key: Buffer.from(`${key}/own`), value: Buffer.from('a'), lease };
  const surroundings = { connection, watches, limit: 1_000, patience: 300 };
  const stake = new EtcdStake(surroundings, electionKeys('', key), own);
  const said: string[] = [];
  await stake.attempt();
  const leave = stake.stand({
    waiting: () => said.push('waiting'),
    first: () => said.push('first'),
    lost: ({ code }) => said.push(code),
  });
  await eventually(() => watches.lastContact > 0);
  stake.position = () => Promise.reject(new LeadershipError('store-unreachable', 'away'));
  connection.fail(await connection.link());
  const end = async () => {
    leave();
    await connection.call('revoke', 1_000, (client, options) =>
      client.leaseClient.leaseRevoke({ ID: lease }, options),
    );
    watches.close();
    connection.close();
  };
  return { said, end };
}

it('one that waits does not wait for ever without knowing for whom, though its lease is renewed', async () => {
  const { said, end } = await outOfReach('place/waits', 1);
  await eventually(() => said.length === 2, { within: 1_500 });
  expect(said).toEqual(['waiting', 'store-unreachable']);
  await end();
});

it('the first is first for as long as its lease lasts', async () => {
  const { said, end } = await outOfReach('place/first', 0);
  const since = performance.now();
  await eventually(() => performance.now() - since > 1_500);
  expect(said).toEqual(['first']);
  await end();
});
