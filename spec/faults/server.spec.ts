import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { onEachLease, ttl, type BackendServer } from './backends.js';
import { now } from './history.js';
import { certain, patience, runRace, type Race } from './race.js';

onEachLease((backend) => {
  /** Each with a server of its own. */
  function test(name: string, run: (race: Race, server: BackendServer) => Promise<void>): void {
    it.concurrent(name, { timeout: 3 * patience }, async () => {
      const server = await backend.start();
      try {
        await runRace(server, (race) => run(race, server));
      } finally {
        await server.stop();
      }
    });
  }

  test('the server is frozen for longer than the ttl', async (race, server) => {
    const [one, two] = await race.pair();
    server.freeze();
    const frozen = race.fault('frozen');
    await sleep(2 * ttl);
    expect(one.lastValid()).toBeLessThan(frozen + certain);
    expect(two.told('start')).toEqual([]);
    server.thaw();
    const thawed = race.fault('frozen', 'to');
    await race.led(thawed);
    await race.hasClaims(2);
    await race.isSafe({ terms: 2 });
  });

  test('the server is frozen for a third of the ttl', async (race, server) => {
    const [one] = await race.pair();
    await race.stays(
      one,
      async () => {
        server.freeze();
        race.fault('frozen');
        await sleep(0.3 * ttl);
        server.thaw();
        race.fault('frozen', 'to');
        await sleep(ttl);
      },
      { suspended: true },
    );
    await race.isSafe({ terms: 1 });
  });

  test('the server is killed and is back soon', async (race, server) => {
    const [one] = await race.pair();
    let away = 0;
    const since = now();
    race.fault('killed');
    await server.restart();
    away = now() - since;
    race.fault('killed', 'to');
    // Later than this there may have been no time for a renewal.
    if (away < 0.3 * ttl) await race.stays(one, () => sleep(ttl), { suspended: true });
    else await race.led(now());
    await race.hasClaims(2);
    await race.isSafe({ terms: 1 });
  });

  test('the server is killed and is back after longer than the ttl', async (race, server) => {
    const [one, two] = await race.pair();
    const killed = race.fault('killed');
    await server.kill();
    await sleep(1.5 * ttl);
    expect(one.lastValid()).toBeLessThan(killed + certain);
    expect(two.told('start')).toEqual([]);
    await server.restart();
    const back = race.fault('killed', 'to');
    await race.led(back);
    await race.hasClaims(2);
    await race.isSafe({ terms: 2 });
  });

  test('nobody can reach the server at the start', async (race, server) => {
    await server.kill();
    race.fault('killed');
    const [one, two] = [race.enter('one'), race.enter('two')];
    await Promise.all([one.is('interrupted'), two.is('interrupted')]);
    await sleep(ttl);
    await server.restart();
    const back = race.fault('killed', 'to');
    await race.led(back);
    await race.hasClaims(2);
    await race.isSafe({ terms: 1 });
  });
});
