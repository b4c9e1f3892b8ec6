import { uptime } from 'node:os';
import { inspect } from 'node:util';
import { lastValueFrom, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { loadClient } from '../../../stores/etcd/client.js';
import { etcdStore, type EtcdStoreOptions } from '../../../stores/etcd/index.js';

const hosts = 'http://127.0.0.1:1';

describe('options', () => {
  it.each([
    [{ hosts, ttl: 999 }, 'ttl is 999, not 1000 to 2147483000 milliseconds'],
    [{ hosts, ttl: NaN }, 'ttl is NaN'],
    [{ hosts, margin: 199, ttl: 2_000 }, 'margin is 199, not 200 to 1000 milliseconds'],
    [{ hosts, margin: 8_000 }, 'margin is 8000, not 1500 to 7500 milliseconds'],
    [{ hosts, staleAfter: 999 }, 'staleAfter is 999'],
    [{ hosts, prefix: 'a\0b' }, 'not a string without NUL'],
    [{ hosts: [] }, 'hosts is []'],
    [{ hosts: [''] }, "hosts is [ '' ]"],
    [{}, 'hosts is undefined'],
    [{ hosts: ['http://root:secret@a', 'http://b'] }, '] hosts contain an @: user and password'],
    [{ hosts: ['http://a', 'https://b'] }, 'hosts are both https and http'],
  ])('%j is refused at the call: %s', (options, message) => {
    expect(() => etcdStore(options as EtcdStoreOptions)).toThrow(message);
    expect(() => etcdStore(options as EtcdStoreOptions)).toThrow('[invalid-option]');
  });

  it.each([
    ['', { id: 'a' }, 'key is ""'],
    ['k', { id: '' }, 'id is ""'],
    ['k', { id: 'a', ttl: 10 }, 'ttl is 10'],
  ])('lock(%j, %j) is refused at the call', (key, request, message) => {
    expect(() => etcdStore({ hosts }).lock(key, request)).toThrow(message);
  });

  it('lock() with a ttl that is used up by the margin of the store is refused at the call', () => {
    const store = etcdStore({ hosts, margin: 7_500 });
    expect(() => store.lock('k', { id: 'a', ttl: 7_000 })).toThrow('ttl is 7000, not 7501 to');
  });

  it('rounds a ttl up to whole seconds, and takes the margin off', () => {
    const store = etcdStore({ hosts });
    expect(store.timing()).toEqual({ ttl: 15_000, margin: 1_500, gap: 7_500 });
    expect(store.timing(2_100)).toEqual({ ttl: 3_000, margin: 300, gap: 1_500 });
    expect(store.timing(1_000)).toEqual({ ttl: 1_000, margin: 200, gap: 500 });
    expect(etcdStore({ hosts, ttl: 4_000, margin: 500 }).timing(2_000).margin).toBe(500);
  });

  it('by default counts the time that the machine sleeps', () => {
    const { clock } = etcdStore({ hosts });
    expect(clock.sinceBoot?.()).toBeCloseTo(uptime() * 1_000, -2);
  });

  it('says what to install when the npm client is missing', async () => {
    const load = () =>
      Promise.reject(
        Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' }),
      );
    await expect(loadClient({ hosts }, load)).rejects.toThrow(
      '[client-missing] the package etcd3 is not installed: npm install etcd3',
    );
  });

  it('that only the npm client can judge are refused as ours are', async () => {
    const nothing = Buffer.from('no certificate and no key');
    const credentials = { rootCertificate: nothing, certChain: nothing, privateKey: nothing };
    const store = etcdStore({ hosts: 'https://127.0.0.1:1', credentials });
    const refused: Observable<unknown>[] = [store.lock('k', { id: 'a' }), store.watch('k')];
    for (const each of refused)
      await expect(lastValueFrom(each)).rejects.toMatchObject({ code: 'invalid-option' });
  });

  it('hides credentials from whoever prints the store', () => {
    const auth = { username: 'u', password: 's3cret' };
    const store = etcdStore({ hosts, auth });
    const shown = inspect(store, { depth: 20, showHidden: true }) + JSON.stringify(store);
    expect(shown).not.toContain('s3cret');
  });
});
