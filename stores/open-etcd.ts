import type { LeadershipStore } from '../lib/contract.js';
import type { EtcdAddress, EtcdFiles } from './etcd/open.js';
import { invalidUrl, type StoreUrl } from './store-url.js';
import { durationsOf, parametersOf } from './url-parameters.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a URL and the environment of etcdctl say together; the URL has the last word. */
export async function openEtcd(url: StoreUrl, env: Environment): Promise<LeadershipStore> {
  const { openEtcdStore } = await import('./etcd/open.js');
  return openEtcdStore(etcdAddress(url, env));
}

/** For {@link openEtcd}, without opening anything. */
export function etcdAddress(url: StoreUrl, env: Environment): EtcdAddress {
  const names = ['ttl', 'margin', 'staleAfter', 'ca', 'cert', 'key'] as const;
  const { ca, cert, key, ttl, margin, staleAfter } = parametersOf(url, names);
  const given: EtcdFiles = { ca, cert, key };
  const hosts = hostsOf(url, env);
  const tls = hosts.some((host) => host.startsWith('https:'));
  if (!tls && (ca ?? cert ?? key) !== undefined)
    throw invalidUrl(url, 'ca, cert and key need TLS: write etcd+tls://');
  const files: EtcdFiles = {
    ca: given.ca ?? env['ETCDCTL_CACERT'],
    cert: given.cert ?? env['ETCDCTL_CERT'],
    key: given.key ?? env['ETCDCTL_KEY'],
  };
  if (tls && (files.cert === undefined) !== (files.key === undefined))
    throw invalidUrl(url, 'cert and key belong together: give both, or none');
  return {
    hosts,
    files: tls ? files : undefined,
    auth: url.user ?? userOf(env),
    prefix: url.path === '' ? '' : `${url.path}/`,
    durations: durationsOf(url, { ttl, margin, staleAfter }),
  };
}

function hostsOf(url: StoreUrl, env: Environment): string[] {
  if (url.hosts.length > 0) {
    const scheme = url.tls ? 'https' : 'http';
    return url.hosts.map(({ host, port = 2379 }) => `${scheme}://${host}:${String(port)}`);
  }
  const endpoints = env['ETCDCTL_ENDPOINTS']?.split(',').filter(Boolean) ?? [];
  if (endpoints.length === 0)
    throw invalidUrl(url, 'no host: write etcd://host:2379, or set ETCDCTL_ENDPOINTS');
  return endpoints.map((endpoint) => {
    if (/^https?:\/\//.test(endpoint)) return endpoint;
    return `${url.tls ? 'https' : 'http'}://${endpoint}`;
  });
}

/** As etcdctl reads them: `user:password`, or the user, and the password by itself. */
function userOf(env: Environment): EtcdAddress['auth'] {
  const text = env['ETCDCTL_USER'];
  if (text === undefined || text === '') return undefined;
  const colon = text.indexOf(':');
  if (colon < 0) return { username: text, password: env['ETCDCTL_PASSWORD'] ?? '' };
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
