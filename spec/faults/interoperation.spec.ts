import { afterAll, beforeAll, expect } from 'vitest';
import type { Child } from '../support/child.js';
import { EtcdServer } from '../support/etcd-server.js';
import { etcdctl, spawnEtcdctl } from '../support/etcdctl.js';
import { onEtcd } from './backends.js';
import { now } from './history.js';
import { scenario, type Race } from './race.js';

let server: EtcdServer;
const test = (name: string, run: (race: Race) => Promise<void>) =>
  scenario(() => onEtcd(server), name, run);

const handover = 500;

beforeAll(async () => {
  server = await EtcdServer.start();
});
afterAll(() => server.stop());

/** When it has written the line. */
async function wrote(child: Child, line: string | RegExp, from = 0): Promise<number> {
  const matches = (text: string) => (typeof line === 'string' ? text === line : line.test(text));
  await child.until(String(line), () => child.lines.slice(from).find(matches));
  return now();
}

/** Runs a command of etcdctl beside the election, and ends it in order. */
async function beside(command: string[], run: (child: Child) => Promise<void>): Promise<void> {
  const child = spawnEtcdctl(command, server);
  try {
    await run(child);
  } finally {
    child.signal('SIGINT');
    await child.exited;
  }
}

test('etcdctl elect waits behind us and takes over, and our follower sees it', async (race) => {
  const one = race.enter('one', { follow: true });
  const { token } = await one.leads();
  const observer = spawnEtcdctl(['elect', '--listen', race.key], server);
  await wrote(observer, 'one');
  await beside(['elect', race.key, 'theirs'], async (theirs) => {
    await race.hasClaims(2);
    await one.noted('sees one');
    race.fault('hand-over');
    one.do({ do: 'stop' });
    const { t } = await one.noted('asked to stop');
    expect((await wrote(theirs, 'theirs')) - t).toBeLessThan(handover);
    await one.noted('sees theirs');
    await wrote(observer, 'theirs');
  });
  await one.noted('sees nobody', one.told('note').find(({ what }) => what === 'sees theirs')?.t);
  await observer.kill();
  expect(one.told('start')).toMatchObject([{ token }]);
  await race.isSafe({ terms: 1 });
});

test('we wait behind etcdctl elect and take over, and its observer sees us', async (race) => {
  await beside(['elect', race.key, 'theirs'], async (theirs) => {
    await wrote(theirs, 'theirs');
    const one = race.enter('one', { follow: true });
    await one.is('waiting');
    await one.noted('sees theirs');
    expect(one.told('start')).toEqual([]);
    const since = race.fault('hand-over');
    theirs.signal('SIGINT');
    expect(await race.newLeader(since, handover)).toMatchObject({ who: one.who });
    await one.noted('sees one');
    await beside(['elect', '--listen', race.key], async (observer) => {
      await wrote(observer, 'one');
    });
  });
  await race.isSafe({ terms: 1 });
});

test('somebody else who leads is killed: we lead once that lease has run out', async (race) => {
  const lease = (await etcdctl(['lease', 'grant', '2'], server)).split(' ')[1] ?? '';
  const alive = spawnEtcdctl(['lease', 'keep-alive', lease], server);
  await etcdctl(['put', `${race.key}/${lease}`, 'theirs', `--lease=${lease}`], server);
  const one = race.enter('one', { follow: true });
  await one.is('waiting');
  await one.noted('sees theirs');
  expect(one.told('start')).toEqual([]);
  await alive.kill();
  const killed = race.fault('killed');
  expect(await race.newLeader(killed)).toMatchObject({ who: one.who });
  await one.noted('sees one');
  await race.isSafe({ terms: 1 });
});

test('etcdctl lock and we take turns', async (race) => {
  const one = race.enter('one', { held: true });
  const key = new RegExp(`^${race.key}/[0-9a-f]+$`);
  await beside(['lock', race.key], async (first) => {
    await wrote(first, key);
    one.do({ do: 'start' });
    await one.is('waiting');
    const since = race.fault('hand-over');
    first.signal('SIGINT');
    expect(await race.newLeader(since, handover)).toMatchObject({ who: one.who });
  });
  let resigned = 0;
  await beside(['lock', race.key], async (second) => {
    await race.hasClaims(2);
    expect(second.lines).toEqual([]);
    one.do({ do: 'resign' });
    const { t } = await one.noted('asked to resign');
    expect((await wrote(second, key)) - t).toBeLessThan(handover);
    await one.is('waiting', t);
    resigned = t;
  });
  await race.newLeader(resigned);
  await race.isSafe({ terms: 2 });
});

test('deeper keys are not claims', async (race) => {
  await etcdctl(['put', `${race.key}/deeper/claim`, 'theirs'], server);
  await etcdctl(['put', `${race.key}-longer/claim`, 'theirs'], server);
  race.fault('foreign keys');
  const one = race.enter('one', { follow: true });
  await one.leads();
  await one.noted('sees one');
  await race.isSafe({ terms: 1 });
});
