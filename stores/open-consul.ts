import { LeadershipError } from '../lib/errors.js';
import type { LeadershipStore } from '../lib/contract.js';
import type { ConsulStoreOptions } from './consul/index.js';
import type { ConsulFiles } from './consul/open.js';
import { invalidUrl, type StoreUrl } from './store-url.js';
import { durationsOf, parametersOf, switchOf } from './url-parameters.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a URL and the environment of the `consul` command say together; the URL has the last word. */
export async function openConsul(url: StoreUrl, env: Environment): Promise<LeadershipStore> {
  const { options, files } = consulAddress(url, env);
  const { openConsulStore } = await import('./consul/open.js');
  return openConsulStore(options, files);
}

const durations = ['ttl', 'margin', 'staleAfter', 'lockDelay', 'sessionTtl'] as const;

/** For {@link openConsul}, without opening anything. */
export function consulAddress(
  url: StoreUrl,
  env: Environment,
): { readonly options: ConsulStoreOptions; readonly files: ConsulFiles } {
  const names = [...durations, 'ttlCheck', 'dc', 'token', 'ca', 'cert', 'key'] as const;
  const { dc, token, ca, cert, key, ttlCheck, ...lengths } = parametersOf(url, names);
  const { ttl, margin, staleAfter, lockDelay, sessionTtl } = lengths;
  refuseWhatCannotBeKept(env);
  if (url.user !== undefined) throw invalidUrl(url, 'Consul has tokens, not users: write ?token=');
  const address = addressOf(url, env);
  const isTls = address.startsWith('https:');
  if (!isTls && (ca ?? cert ?? key) !== undefined)
    throw invalidUrl(url, 'ca, cert and key need TLS: write consul+tls://');
  const secret = token ?? given(env['CONSUL_HTTP_TOKEN']);
  return {
    options: {
      address,
      ...(secret !== undefined && { token: secret }),
      ...(dc !== undefined && { datacenter: dc }),
      prefix: url.path === '' ? '' : `${url.path}/`,
      ...(ttlCheck !== undefined && { ttlCheck: switchOf(url, { ttlCheck }) }),
      ...durationsOf(url, { ttl, margin, staleAfter, lockDelay, sessionTtl }),
    },
    files: isTls
      ? {
          ca: ca ?? given(env['CONSUL_CACERT']),
          cert: cert ?? given(env['CONSUL_CLIENT_CERT']),
          key: key ?? given(env['CONSUL_CLIENT_KEY']),
        }
      : {},
  };
}

function addressOf(url: StoreUrl, env: Environment): string {
  const isTls = url.tls || given(env['CONSUL_HTTP_SSL']) === 'true';
  const scheme = isTls ? 'https' : 'http';
  const [first, ...more] = url.hosts;
  if (more.length > 0) throw invalidUrl(url, 'a program talks to one agent: write one host');
  if (first !== undefined) {
    const { host, port = isTls ? 8501 : 8500 } = first;
    return `${scheme}://${host}:${String(port)}`;
  }
  const named = given(env['CONSUL_HTTP_ADDR']) ?? '127.0.0.1:8500';
  if (named.startsWith('unix:')) throw unsupported('CONSUL_HTTP_ADDR', 'sockets of Unix');
  return /^https?:\/\//.test(named) ? named : `${scheme}://${named}`;
}

function refuseWhatCannotBeKept(env: Environment): void {
  if (given(env['CONSUL_NAMESPACE']) !== undefined)
    throw unsupported('CONSUL_NAMESPACE', 'namespaces: use a prefix');
  if (given(env['CONSUL_HTTP_SSL_VERIFY']) === 'false')
    throw unsupported('CONSUL_HTTP_SSL_VERIFY', 'TLS without verification: name the authority');
}

/** What is set and not empty. */
function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function unsupported(name: string, what: string): LeadershipError {
  return new LeadershipError('unsupported', `${name} is set, but this store has no ${what}`);
}
