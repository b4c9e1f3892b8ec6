import { afterAll, beforeAll, expect } from 'vitest';
import { onEachBackend, type BackendServer } from './backends.js';
import { scenario, type Race } from './race.js';

onEachBackend((backend) => {
  let server: BackendServer;
  const test = (name: string, run: (race: Race) => Promise<void>) =>
    scenario(() => server, name, run);

  beforeAll(async () => {
    server = await backend.start();
  });
  afterAll(() => server.stop());

  for (const [what, taken, within] of [
    ['the session is ended', 'endSession', backend.afterSessionEnded],
    ['the claim is deleted', 'deleteClaim', 500],
  ] as const) {
    test(`${what}: the term ends at once, and the next one begins`, async (race) => {
      const [one, two] = await race.pair();
      const [claim = ''] = await race.claims();
      const since = race.forced();
      await server[taken](claim);
      race.fault(what);
      expect(await race.newLeader(since, within)).toMatchObject(race.inTurn(two));
      const { reason, t } = await one.is('resigning', since);
      expect(reason).toBe('lost');
      await one.is('waiting', since);
      expect(one.lastValid()).toBeLessThan(t);
      await race.hasClaims(2);
      await race.isSafe({ terms: 2, refused: 'some' });
    });
  }

  test('the claim is overwritten: the term ends, and what was written stays', async (race) => {
    const [one, two] = await race.pair();
    const [claim = ''] = await race.claims();
    race.forced();
    const since = race.fault('overwritten');
    await server.overwriteClaim(claim, 'theirs');
    const { reason } = await one.is('interrupted', since);
    expect(reason).toBe('lost');
    await one.is('waiting', since);
    if (backend.keepsOverwritten) {
      expect(await server.contentOf(claim)).toBe('theirs');
      expect(two.told('start')).toEqual([]);
      const removed = race.fault('overwritten', 'to');
      await server.deleteClaim(claim);
      expect(await race.newLeader(removed, 500)).toMatchObject(race.inTurn(two));
    } else {
      expect(await race.newLeader(since, 500)).toMatchObject(race.inTurn(two));
    }
    await race.hasClaims(2);
    await race.isSafe({ terms: 2 });
  });
});
