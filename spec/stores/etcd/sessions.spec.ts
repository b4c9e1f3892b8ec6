import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { monotonicScheduler } from '../../../lib/clock.js';
import { Connection } from '../../../stores/etcd/connection.js';
import { failures } from '../../../stores/etcd/failures.js';
import { openSession, type EtcdSession } from '../../../stores/etcd/session.js';
import { Sessions } from '../../../stores/shared/sessions.js';
import { EtcdServer } from '../../support/etcd-server.js';
import { eventually } from '../../support/eventually.js';
import { TcpProxy } from '../../support/proxy.js';
import { Laboratory } from './fixture.js';

let server: EtcdServer;
let proxy: TcpProxy;
let slept = 0;
let sessions: Sessions<EtcdSession>;
let close: () => Promise<void>;

beforeAll(async () => {
  server = await EtcdServer.start();
  proxy = await TcpProxy.start(server.port);
});
beforeEach(() => {
  slept = 0;
  const now = () => performance.now();
  const clock = { now, sinceBoot: () => now() + slept };
  const connection = new Connection(
    { hosts: `http://127.0.0.1:${proxy.port}` },
    monotonicScheduler,
  );
  sessions = new Sessions<EtcdSession>({
    failures,
    scheduler: monotonicScheduler,
    open: (ttl) => openSession(connection, ttl, { clock, margin: () => 200 }),
  });
  close = async () => {
    await sessions.ended();
    connection.close();
  };
});
afterEach(async () => {
  proxy.heal();
  await close();
});
afterAll(async () => {
  proxy.stop();
  await server.stop();
});

it('a session is shared by all who want the same ttl', async () => {
  const shares = [sessions.share(2_000), sessions.share(2_000), sessions.share(3_000)];
  const [one, two, other] = await Promise.all(shares.map(({ opened }) => opened));
  expect(two?.session).toBe(one?.session);
  expect(other?.session).not.toBe(one?.session);
  for (const share of shares) share.giveBack();
});

it('a session that is over is given to nobody, also before anybody has noticed', async () => {
  const first = sessions.share(2_000);
  const { session } = await first.opened;
  slept = 60_000;
  const second = sessions.share(2_000);
  expect((await second.opened).session).not.toBe(session);
  first.giveBack();
  second.giveBack();
});

it('a lease that ran out while it was granted is a session that is over', async () => {
  proxy.down.mode = 'hold';
  const before = proxy.up.bytes;
  const share = sessions.share(2_000);
  await eventually(() => proxy.up.bytes > before);
  slept = 60_000;
  proxy.heal();
  const { session } = await share.opened;
  expect([session.isOver, session.lease.state]).toEqual([true, 'over']);
  share.giveBack();
  await sessions.ended();
  expect(await new Laboratory(server).leases()).toEqual([]);
});

it('no session is begun while the store is being closed', async () => {
  const first = sessions.share(2_000);
  const { session } = await first.opened;
  sessions.expire();
  await eventually(() => session.isRetired);
  const second = sessions.share(2_000);
  await expect(second.opened).rejects.toMatchObject({ code: 'store-closed' });
  first.giveBack();
  second.giveBack();
});
