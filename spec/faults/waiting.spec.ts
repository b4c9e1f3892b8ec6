import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { EtcdServer } from '../support/etcd-server.js';
import { onEtcd, ttl } from './backends.js';
import { now } from './history.js';
import { scenario, type Race } from './race.js';
import { firstField, leaseOf } from './wire.js';

let server: EtcdServer;
const test = (name: string, run: (race: Race) => Promise<void>) =>
  scenario(() => onEtcd(server), name, run);

beforeAll(async () => {
  server = await EtcdServer.start();
});
afterAll(() => server.stop());

/** One leads, two waits behind it and three behind both; two reaches the server through the proxy. */
async function queue(race: Race) {
  const three = race.enter('three', { held: true });
  const proxy = await race.proxy();
  const [one, two] = await race.pair({}, { through: proxy });
  three.do({ do: 'start' });
  await three.is('waiting');
  return { one, two, three, proxy };
}

test('it is stopped when its turn comes, until another one leads', async (race) => {
  const { one, two, three } = await queue(race);
  two.process.sigstop();
  const stopped = race.fault('stop');
  await sleep(100);
  one.do({ do: 'stop' });
  await one.noted('stopped'); // the news waits in its socket
  expect(await race.newLeader(stopped)).toMatchObject({ who: three.who });
  const woken = now();
  two.process.sigcont();
  await two.is('joining', woken);
  await two.is('waiting', woken);
  expect(two.told('start')).toEqual([]);
  expect(two.states(woken)).not.toContain('leading');
  await race.hasClaims(2);
  await race.isSafe({ terms: 2 });
});

test('the news that it is its turn comes when another one leads', async (race) => {
  const { one, two, three, proxy } = await queue(race);
  proxy.down.mode = 'hold';
  race.fault('late news');
  one.do({ do: 'stop' });
  const { t } = await one.noted('stopped');
  // Its renewals arrive until it gives up, and its lease lasts for a ttl after that.
  expect(await race.newLeader(t, 2 * ttl + 1_500)).toMatchObject({ who: three.who });
  proxy.heal();
  race.fault('late news', 'to');
  await two.is('waiting', t + 1_000);
  expect(two.told('start')).toEqual([]);
  await race.hasClaims(2);
  await race.isSafe({ terms: 2 });
});

test('its network is silent when its turn comes, and is back in time', async (race) => {
  const { one, two, proxy } = await queue(race);
  proxy.blackhole();
  race.fault('silence');
  one.do({ do: 'stop' });
  await one.noted('stopped');
  await sleep(0.3 * ttl);
  proxy.heal();
  const healed = race.fault('silence', 'to');
  expect(await race.newLeader(healed, 1_000)).toMatchObject({ who: two.who });
  await race.hasClaims(2);
  await race.isSafe({ terms: 2 });
});

test('the connection over which it would hear of its turn has died silently', async (race) => {
  const { one, two, proxy } = await queue(race);
  const { requested } = proxy.holdReply(firstField(leaseOf((await race.claims())[1])));
  await requested;
  const silent = race.fault('silence');
  one.do({ do: 'stop' });
  expect(await race.newLeader(silent)).toMatchObject({ who: two.who });
  await race.hasClaims(2);
  await race.isSafe({ terms: 2 });
});

test('it was killed: its turn passes with its lease', async (race) => {
  const { one, two, three } = await queue(race);
  await two.process.sigkill();
  const killed = race.fault('kill');
  one.do({ do: 'stop' });
  expect(await race.newLeader(killed)).toMatchObject({ who: three.who });
  await race.hasClaims(1);
  await race.isSafe({ terms: 2 });
});
