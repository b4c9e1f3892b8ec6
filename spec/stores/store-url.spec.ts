import { describe, expect, it } from 'vitest';
import { isLeadershipError } from '../../lib/errors.js';
import { openStore } from '../../stores/index.js';
import { etcdAddress } from '../../stores/open-etcd.js';
import { parseStoreUrl } from '../../stores/store-url.js';

function failure(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isLeadershipError(error, 'invalid-option')) return error.message;
  }
  return 'no error';
}

describe('parseStoreUrl', () => {
  it('takes all parts apart', () => {
    const { shown, parameters, ...parts } = parseStoreUrl(
      'etcd+tls://root:p%40s,s@h1:2379,[::1]:2380,h3/my%2Dapp/x/?ttl=5000&ca=/etc/ca.pem',
    );
    expect(parts).toEqual({
      scheme: 'etcd',
      tls: true,
      user: { username: 'root', password: 'p@s,s' },
      hosts: [
        { host: 'h1', port: 2379 },
        { host: '[::1]', port: 2380 },
        { host: 'h3', port: undefined },
      ],
      path: 'my-app/x',
    });
    expect([...parameters]).toEqual([
      ['ttl', '5000'],
      ['ca', '/etc/ca.pem'],
    ]);
    expect(shown).toBe(
      'etcd+tls://root:***@h1:2379,[::1]:2380,h3/my%2Dapp/x/?ttl=5000&ca=/etc/ca.pem',
    );
  });

  it('ends the credentials at the last @', () => {
    const { user, hosts } = parseStoreUrl('etcd://u:a@b:c@h');
    expect(user).toEqual({ username: 'u', password: 'a@b:c' });
    expect(hosts).toEqual([{ host: 'h', port: undefined }]);
  });

  it.each([
    ['', 'write one such as etcd://host:2379'],
    ['h1:2379', 'write scheme://host:port/prefix'],
    ['etcd:h1', 'write scheme://host:port/prefix'],
    ['etcd://h1:0', 'the port "0" is not a number from 1 to 65535'],
    ['etcd://h1:65536', 'the port "65536"'],
    ['etcd://h1:x', 'the port "x"'],
    ['etcd://h1:', 'the port ""'],
    ['etcd://h1,,h2', '"" is no host'],
    ['etcd://::1', '"::1" is no host: write host, host:port or [ipv6]:port'],
    ['etcd://u@h', 'write user and password as user:password@'],
    ['etcd://:p@h', 'the user name is empty'],
    ['etcd://h/p@q', '@ after the hosts, as %2F %3F %23 %40'],
    ['etcd://h/%zz', 'a % must be followed by two hexadecimal digits'],
    ['etcd://h?ttl=1&ttl=2', 'the parameter "ttl" is given twice'],
  ])('refuses %j and says what to write', (url, message) => {
    expect(failure(() => parseStoreUrl(url))).toContain(message);
  });

  it.each([
    'etcd://root:s3cret@h1:bad',
    'etcd://root:s3cret@@h1:bad',
    'etcd://h1:bad?token=s3cret',
    'etcd://h1:bad?a=1&my-password=s3cret',
    'etcd://h1:bad?client_secret=s3cret',
    'no-url://root:s3cret@h1/ a%',
    'etcd://s3cret@h1',
    'etcd://root:s3cret/x@h1',
    'etcd://root:1/s3cret@h1',
    'etcd://root:1?s3cret@h1',
    'etcd://root:1#s3cret@h1',
    'etcd://h1:bad?token=1@s3cret',
    'etcd:root:s3cret@h1',
  ])('shows no secret of %s', (url) => {
    const message = failure(() => parseStoreUrl(url));
    expect(message).toContain('***');
    expect(message).not.toContain('s3cret');
  });
});

describe('an etcd URL', () => {
  const address = (url: string, env: Record<string, string> = {}) =>
    etcdAddress(parseStoreUrl(url), env);

  it('becomes options', () => {
    expect(address('etcd://u:p@h1,h2:1/app?ttl=5000&margin=600&staleAfter=1000')).toEqual({
      hosts: ['http://h1:2379', 'http://h2:1'],
      files: undefined,
      auth: { username: 'u', password: 'p' },
      prefix: 'app/',
      durations: { ttl: 5_000, margin: 600, staleAfter: 1_000 },
    });
  });

  it('takes from the environment of etcdctl what it is silent about', () => {
    const env = {
      ETCDCTL_ENDPOINTS: 'https://h1:1,https://h2:2',
      ETCDCTL_CACERT: '/ca',
      ETCDCTL_CERT: '/cert',
      ETCDCTL_KEY: '/key',
      ETCDCTL_USER: 'u:p',
    };
    expect(address('etcd://', env)).toMatchObject({
      hosts: ['https://h1:1', 'https://h2:2'],
      files: { ca: '/ca', cert: '/cert', key: '/key' },
      auth: { username: 'u', password: 'p' },
    });
    expect(address('etcd+tls://a:b@h9?ca=/mine', env)).toMatchObject({
      hosts: ['https://h9:2379'],
      files: { ca: '/mine', cert: '/cert', key: '/key' },
      auth: { username: 'a', password: 'b' },
    });
    expect(address('etcd://h9', { ETCDCTL_CACERT: '/ca' }).files).toBeUndefined();
    expect(address('etcd://h', { ETCDCTL_USER: 'u', ETCDCTL_PASSWORD: 'p' }).auth).toEqual({
      username: 'u',
      password: 'p',
    });
  });

  it.each([
    ['etcd:///app', 'no host: write etcd://host:2379, or set ETCDCTL_ENDPOINTS'],
    ['etcd://h?tll=5', 'unknown parameter "tll": write one of ttl, margin, staleAfter'],
    ['etcd://h?ttl=5s', 'ttl is "5s", not a whole number of milliseconds'],
    ['etcd://h?ca=/ca', 'ca, cert and key need TLS: write etcd+tls://'],
    ['etcd+tls://h?ca=/ca&cert=/c', 'cert and key belong together'],
  ])('%s is refused: %s', (url, message) => {
    expect(failure(() => address(url))).toContain(message);
  });
});

describe('openStore', () => {
  it('opens etcd without connecting, with the prefix, the ttl and the credentials hidden', async () => {
    const store = await openStore('etcd://u:s3cret@127.0.0.1:1/app?ttl=5000');
    expect([store.name, store.timing().ttl]).toEqual(['etcd', 5_000]);
    await store.close();
  });

  it('opens the same memory for the same name', async () => {
    const [one, two, other] = await Promise.all([
      openStore('memory://demo'),
      openStore('memory://demo'),
      openStore('memory://other?ttl=3000'),
    ]);
    expect([one.name, two.name, other.timing().ttl]).toEqual(['memory', 'memory', 3_000]);
    expect(one).toMatchObject({ server: (two as unknown as { server: object }).server });
    await Promise.all([one.close(), two.close(), other.close()]);
  });

  it.each([
    [
      'redis://h',
      'unknown scheme "redis": write one of etcd://, consul://, file://, memory://, zk://',
    ],
    ['constructor://h', 'unknown scheme "constructor"'],
    ['memory://a,b', 'write memory://name'],
    ['memory://a?x=1', 'unknown parameter "x"'],
    ['etcd://h?ttl=10', 'ttl is 10, not 1000 to'],
    ['etcd+tls://h?ca=/no/such/file', 'ca is "/no/such/file": the file cannot be read (ENOENT)'],
  ])('%s is refused: %s', async (url, message) => {
    await expect(openStore(url)).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining(message),
    });
  });
});
