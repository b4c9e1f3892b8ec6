import { describe, expect, it } from 'vitest';
import { consulAddress } from '../../stores/open-consul.js';
import { parseStoreUrl } from '../../stores/store-url.js';

function address(url: string, env: Record<string, string> = {}) {
  return consulAddress(parseStoreUrl(url), env);
}

describe('a URL of Consul', () => {
  it('names agent, prefix, datacenter, token and durations', () => {
    expect(address('consul://h1:18500/my/app?ttl=15000&lockDelay=0&dc=north&token=t')).toEqual({
      options: {
        address: 'http://h1:18500',
        token: 't',
        datacenter: 'north',
        prefix: 'my/app/',
        ttl: 15_000,
        lockDelay: 0,
      },
      files: {},
    });
  });

  it('says that a TTL check is wanted', () => {
    const { options } = address('consul://h1?ttl=2000&ttlCheck=true&sessionTtl=20000');
    expect(options).toMatchObject({ ttl: 2_000, ttlCheck: true, sessionTtl: 20_000 });
  });

  it('over TLS names files', () => {
    const { options, files } = address('consul+tls://h1?ca=/ca.pem&cert=/c.pem&key=/k.pem');
    expect(options.address).toBe('https://h1:8501');
    expect(files).toEqual({ ca: '/ca.pem', cert: '/c.pem', key: '/k.pem' });
  });

  it('leaves to the environment of consul what it does not name', () => {
    const env = {
      CONSUL_HTTP_ADDR: 'h2:8600',
      CONSUL_HTTP_TOKEN: 't2',
      CONSUL_HTTP_SSL: 'true',
      CONSUL_CACERT: '/ca2.pem',
    };
    const { options, files } = address('consul://', env);
    expect(options).toEqual({ address: 'https://h2:8600', token: 't2', prefix: '' });
    expect(files.ca).toBe('/ca2.pem');
    expect(address('consul://').options.address).toBe('http://127.0.0.1:8500');
  });

  it.each([
    ['consul://u:p@h1', {}, 'Consul has tokens, not users: write ?token='],
    ['consul://h1,h2', {}, 'a program talks to one agent'],
    ['consul://h1?ca=/x', {}, 'ca, cert and key need TLS'],
    ['consul://h1?ttlCheck=yes', {}, 'ttlCheck is "yes", not true or false'],
    ['consul://h1?nonsense=1', {}, 'unknown parameter "nonsense"'],
    ['consul://h1', { CONSUL_NAMESPACE: 'n' }, 'CONSUL_NAMESPACE is set'],
    ['consul://h1', { CONSUL_HTTP_SSL_VERIFY: 'false' }, 'TLS without verification'],
    ['consul://', { CONSUL_HTTP_ADDR: 'unix:///x' }, 'sockets of Unix'],
  ])('%s with %j is refused', (url, env, message) => {
    expect(() => address(url, env)).toThrow(message);
  });
});
