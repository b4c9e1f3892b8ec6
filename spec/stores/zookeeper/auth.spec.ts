import { filter, firstValueFrom, timeout } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLeadershipError } from '../../../lib/errors.js';
import { openStore } from '../../../stores/index.js';
import { ZooKeeperServer } from '../../support/zookeeper-server.js';

describe('a store with a chroot and a user', () => {
  let server: ZooKeeperServer;

  beforeAll(async () => {
    server = await ZooKeeperServer.start();
  });
  afterAll(() => server.stop());

  it('makes the chroot, and what it makes is for that user alone', async () => {
    const ours = await openStore(`zk://me:pass%3Aword@${server.host}/app/one?ttl=2000`);
    const theirs = await openStore(`zookeeper://you:other@${server.host}/app/one?ttl=2000`);
    const held = filter(({ status }: { status: string }) => status === 'held');
    const running = ours.lock('key', { id: 'me' }).subscribe();
    const seen = ours.watch('key').pipe(filter(({ leader }) => leader?.id === 'me'));
    await firstValueFrom(seen.pipe(timeout(2_000)));
    const refused: unknown = await firstValueFrom(
      theirs.lock('key', { id: 'you' }).pipe(held, timeout(2_000)),
    ).catch((error: unknown) => error);
    expect(isLeadershipError(refused, 'access-denied')).toBe(true);
    expect(String(refused)).not.toMatch(/other/);
    running.unsubscribe();
    await Promise.all([ours.close(), theirs.close()]);
  });

  it('refuses TLS, which the npm client does not have', async () => {
    const refused: unknown = await openStore(`zk+tls://${server.host}`).catch(
      (error: unknown) => error,
    );
    expect(isLeadershipError(refused, 'unsupported')).toBe(true);
  });
});
