import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { onZooKeeper, ttl } from '../../faults/backends.js';
import { now } from '../../faults/history.js';
import { certain, runRace, type Race } from '../../faults/race.js';
import type { Runner } from '../../faults/runner.js';
import { ZooKeeperEnsemble } from '../../support/zookeeper-ensemble.js';
import { ZooKeeperOperator } from '../../support/zookeeper-operator.js';
import type { ZooKeeperServer } from '../../support/zookeeper-server.js';

/**
 * Once the ensemble has a leader: a session lasts for the ttl and a tick, and a new leader of the
 * ensemble starts each anew.
 */
const bound = ttl + 200 + 1_300;

/**
 * A follower that is cut off answers reads and pings for seconds, as the last leader does; the
 * majority meanwhile gives the claims away. So the rule of the lease is shown with processes: one
 * that leads at a server which is cut off with it, and two that wait at the others.
 */
describe('candidates at three servers', () => {
  let ensemble: ZooKeeperEnsemble;

  beforeAll(async () => {
    ensemble = await ZooKeeperEnsemble.start();
  });
  afterEach(async () => {
    ensemble.heal();
    for (const member of ensemble.members) if (!member.isRunning) await member.launch();
    await ensemble.inOrder();
  });
  afterAll(() => ensemble.stop());

  const urlOf = (members: readonly ZooKeeperServer[]) =>
    `zk://${members.map(({ host }) => host).join(',')}?ttl=${ttl}`;

  interface Scene {
    readonly race: Race;
    /** The server of the one that leads, and the others. */
    readonly home: ZooKeeperServer;
    readonly majority: readonly ZooKeeperServer[];
    readonly one: Runner;
    readonly others: readonly Runner[];
  }

  const scene = (
    name: string,
    { at, waitAt = 'others' }: { at: 'follower' | 'leader'; waitAt?: 'others' | 'all' },
    run: (scene: Scene) => Promise<void>,
  ) =>
    it(name, { timeout: 120_000 }, async () => {
      const members = await ensemble.inOrder();
      const home = members[at === 'leader' ? 2 : 0]!;
      const majority = members.filter((member) => member !== home);
      const operator = new ZooKeeperOperator(majority[0]!.host);
      await runRace(onZooKeeper(majority[0]!, operator), async (race) => {
        const one = race.enter('one', { url: urlOf([home]) });
        const waiting = { url: urlOf(waitAt === 'all' ? members : majority), held: true };
        const others = ['two', 'three'].map((id) => race.enter(id, waiting));
        await one.leads();
        for (const other of others) other.do({ do: 'start' });
        for (const other of others) await other.is('waiting');
        await run({ race, home, majority, one, others });
      }).finally(() => operator.close());
    });

  for (const at of ['follower', 'leader'] as const)
    scene(
      `the ${at} to which the one that leads is connected is cut off with it, and answers on`,
      { at },
      async ({ race, home, majority, one, others }) => {
        const onlooker = new ZooKeeperOperator(home.host);
        const [claim] = await onlooker.claims(race.key);
        ensemble.cutOff(home);
        const cut = race.fault('cut-off');
        await sleep(ttl / 4);
        // It still says, by itself, that the claim is there.
        expect((await onlooker.claims(race.key))[0]).toEqual(claim);
        await ensemble.led(majority);
        const { who } = await race.newLeader(cut, now() - cut + bound);
        expect(others.map((other) => other.who)).toContain(who);
        expect(one.lastValid()).toBeLessThan(cut + certain);
        ensemble.heal();
        const healed = race.fault('cut-off', 'to');
        await one.is('waiting', healed);
        await onlooker.close();
        await race.hasClaims(3);
        await race.isSafe({ terms: 2 });
      },
    );

  scene(
    'the others are killed and started again while the one that leads is cut off with its server',
    { at: 'leader' },
    async ({ race, home, majority, one, others }) => {
      ensemble.cutOff(home);
      const cut = race.fault('restarted');
      await Promise.all(majority.map((member) => member.restart()));
      await ensemble.led(majority);
      const { who } = await race.newLeader(cut, now() - cut + bound);
      expect(others.map((other) => other.who)).toContain(who);
      expect(one.lastValid()).toBeLessThan(cut + certain);
      ensemble.heal();
      const healed = race.fault('restarted', 'to');
      await one.is('waiting', healed);
      await race.isSafe({ terms: 2 });
    },
  );

  scene(
    'the majority is killed and started again under one that leads',
    { at: 'follower', waitAt: 'all' },
    async ({ race, majority }) => {
      race.fault('restarted');
      await Promise.all(majority.map((member) => member.restart()));
      await ensemble.inOrder();
      const back = race.fault('restarted', 'to');
      await race.led(back, bound);
      await race.isSafe({ terms: 1 });
    },
  );

  scene(
    'a cut that is healed in time costs nobody the term',
    { at: 'follower' },
    async ({ race, home, one }) => {
      const during = async () => {
        ensemble.cutOff(home);
        race.fault('cut-off');
        await sleep(0.2 * ttl);
        ensemble.heal();
        race.fault('cut-off', 'to');
        await sleep(ttl);
      };
      await race.stays(one, during, { suspended: true });
      await race.isSafe({ terms: 1 });
    },
  );
});
