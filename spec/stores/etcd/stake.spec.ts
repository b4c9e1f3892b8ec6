import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { monotonicScheduler } from '../../../lib/clock.js';
import { Connection } from '../../../stores/etcd/connection.js';
import { EtcdStake } from '../../../stores/etcd/stake.js';
import { Watches } from '../../../stores/etcd/watches.js';
import { electionKeys } from '../../../stores/etcd/wire.js';
import { EtcdServer } from '../../support/etcd-server.js';
import { Laboratory } from './fixture.js';

let server: EtcdServer;
let lab: Laboratory;
let connection: MeddlingConnection;

/** Asks `meddle` before each request, by its name. */
class MeddlingConnection extends Connection {
  readonly asked: string[] = [];
  meddle: (what: string) => Promise<void> = () => Promise.resolve();

  override call: Connection['call'] = async (what, limit, request) => {
    this.asked.push(what);
    await this.meddle(what);
    return super.call(what, limit, request);
  };
}

beforeAll(async () => {
  server = await EtcdServer.start();
  lab = new Laboratory(server);
});
beforeEach(() => {
  connection = new MeddlingConnection({ hosts: server.url }, monotonicScheduler);
});
afterEach(async () => {
  connection.close();
  await lab.clear();
});
afterAll(() => server.stop());

/** Its lease is granted now: what takes long is to be done before. */
async function stakeOf(key: string): Promise<EtcdStake> {
  const { ID: lease } = await connection.call('grant', 1_000, (client, options) =>
    client.leaseClient.leaseGrant({ TTL: 2 }, options),
  );
  const own = { key: Buffer.from(`${key}/1-nonce`), value: Buffer.from('a'), lease };
  const watches = new Watches(connection, 1_000);
  const surroundings = { connection, watches, limit: 1_000, patience: 1_000 };
  return new EtcdStake(surroundings, electionKeys('', key), own);
}

it('what is known to be written is not written again, whatever happened to the reading after it', async () => {
  for (let n = 0; n < 40; n += 1) await lab.put(`stake/once/x/${n}`, 'deeper');
  const stake = await stakeOf('stake/once');
  connection.meddle = (what) =>
    what === 'read the queue' ? Promise.reject(new Error('broken')) : Promise.resolve();
  await expect(stake.attempt()).rejects.toThrow('broken');
  connection.meddle = () => Promise.resolve();
  await stake.attempt();
  expect((await stake.position()).front.predecessor).toBeUndefined();
  expect(connection.asked.filter((what) => what === 'stake a claim')).toHaveLength(1);
});

it('the claim and who stands in front of it are read in one moment, however long the queue is', async () => {
  for (let n = 0; n < 40; n += 1) await lab.put(`stake/moment/x/${n}`, 'deeper');
  const stake = await stakeOf('stake/moment');
  await stake.attempt();
  let reads = 0;
  connection.meddle = async () => {
    reads += 1;
    if (reads === 2) await lab.del('stake/moment/1-nonce');
  };
  await expect(stake.position()).rejects.toMatchObject({ code: 'claim-lost' });
});
