import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { checkHistory } from '../../testing/index.js';
import { onEachStore, ttl, type BackendServer } from './backends.js';
import { historyOf, now } from './history.js';
import { certain, scenario, type Race } from './race.js';
import type { Runner } from './runner.js';

onEachStore((backend) => {
  let server: BackendServer;
  /** Where a death is noticed at once, what the dead one has sent may be on its way still. */
  const afterDeath = backend.afterDeath === undefined ? 0 : 'some';
  const test = (name: string, run: (race: Race) => Promise<void>) =>
    scenario(() => server, name, run);

  beforeAll(async () => {
    server = await backend.start();
  });
  afterAll(() => server.stop());

  test('a leader that is killed', async (race) => {
    const [one, two] = await race.pair();
    const killed = race.fault('kill');
    await one.kill();
    const { who } = await race.newLeaderAfterDeath(killed);
    expect(who).toBe(two.who);
    await race.isSafe({ terms: 2, refused: afterDeath });
  });

  /** Stops the leader between its look and its deed, and lets it go on when another one has begun. */
  async function pauseBeyond(race: Race, one: Runner, two: Runner): Promise<number> {
    race.fault('pause');
    one.do({ do: 'pause' });
    const { t } = await one.noted('pausing');
    const start = await race.newLeader(t);
    expect(start.who).toBe(two.who);
    await race.wrote(start);
    await sleep(Math.max(0, t + ttl + 1_000 - now()));
    const woken = now();
    one.process.sigcont();
    await one.noted('woke');
    await race.until('the late write', () =>
      race.report().staleWritesRefused > 0 ? true : undefined,
    );
    return woken;
  }

  test('a leader that is stopped for longer than the ttl', async (race) => {
    const [one, two] = await race.pair();
    const woken = await pauseBeyond(race, one, two);
    expect(one.told('probe', woken)[0]).toMatchObject({ valid: false });
    const late = await race.until('a late subscriber', () => one.told('late', woken)[0]);
    expect(late).toMatchObject({ elected: false });
    await one.is('waiting', woken);
    expect(one.lastValid()).toBeLessThan(woken);
    two.do({ do: 'stop' });
    const { t } = await two.noted('asked to stop');
    expect(await race.newLeader(t, 500)).toMatchObject({ who: one.who });
    await race.isSafe({ terms: 3, refused: 1 });
  });

  test('a naive leader that is stopped: the checker sees it', async (race) => {
    const [one, two] = await race.pair({ naive: true });
    await pauseBeyond(race, one, two);
    await one.noted('woke');
    await sleep(100);
    // What it says of its deadline is left out: its probes alone must give it away.
    const told = historyOf(race.records())
      .filter(({ e }) => e !== 'renew')
      .map((record) =>
        record.e === 'start' && record.who === one.who ? { ...record, until: record.t } : record,
      );
    const { findings, staleWritesRefused } = checkHistory(told);
    expect(findings.map(({ rule }) => rule)).toContain('one-leader');
    expect(staleWritesRefused).toBeGreaterThan(0);
  });

  test('a leader that is stopped for a third of the ttl', async (race) => {
    const [one] = await race.pair();
    await race.stays(one, async () => {
      race.fault('stop');
      one.process.sigstop();
      await sleep(0.3 * ttl);
      one.process.sigcont();
      await sleep(ttl);
    });
    await race.isSafe({ terms: 1 });
  });

  test('a leader whose event loop is blocked for longer than the ttl', async (race) => {
    const [one, two] = await race.pair();
    race.fault('block');
    one.do({ do: 'block', ms: race.bound });
    const { t } = await one.noted('blocking');
    expect(await race.newLeader(t)).toMatchObject(race.inTurn(two));
    const { t: unblocked } = await one.noted('unblocked');
    expect(one.lastValid()).toBeLessThan(t + certain);
    expect(one.lastValid()).toBeGreaterThan(t + ttl / 2);
    const late = await race.until('a late subscriber', () => one.told('late', unblocked)[0]);
    expect(late).toMatchObject({ elected: false });
    await one.is('waiting', unblocked);
    await race.isSafe({ terms: 2, refused: 1 });
  });

  test('a leader whose work ends the process', async (race) => {
    const [one, two] = await race.pair();
    const exits = race.fault('exit');
    one.do({ do: 'exit' });
    expect(await one.process.exited).toEqual({ code: 0, signal: null });
    expect(await race.newLeaderAfterDeath(exits)).toMatchObject(race.inTurn(two));
    await race.isSafe({ terms: 2, refused: afterDeath });
  });

  test('a leader in whose process a rejection is not handled', async (race) => {
    const [one, two] = await race.pair();
    const exits = race.fault('rejection');
    one.do({ do: 'reject' });
    expect((await one.process.exited).code).toBe(1);
    expect(await race.newLeaderAfterDeath(exits)).toMatchObject(race.inTurn(two));
    await race.isSafe({ terms: 2, refused: afterDeath });
  });

  for (const failure of ['fail', 'fail-unheard'] as const) {
    test(`a leader whose work fails: ${failure}`, async (race) => {
      const [one, two] = await race.pair();
      const failed = race.fault(failure);
      one.do({ do: failure });
      expect(await race.newLeader(failed, 500)).toMatchObject(race.inTurn(two));
      const { reason, error } = await one.is('interrupted', failed);
      expect({ reason, error }).toEqual({
        reason: 'work-failed',
        error: 'the work failed, as told',
      });
      await one.is('waiting', failed);
      await race.isSafe({ terms: 2 });
    });
  }
});
