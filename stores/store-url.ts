import { LeadershipError } from '../lib/errors.js';

/** A store URL, taken apart. Everything is decoded. */
export interface StoreUrl {
  /** Without `+tls`. */
  readonly scheme: string;
  readonly tls: boolean;
  readonly user: { readonly username: string; readonly password: string } | undefined;
  /** Empty where the URL names none. IPv6 in brackets. */
  readonly hosts: readonly { readonly host: string; readonly port: number | undefined }[];
  /** Without slashes at its ends. */
  readonly path: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** For messages: secrets are `***`. */
  readonly shown: string;
}

const secretParameter = /^(.*(token|password|secret).*)$/i;

/**
 * Takes `scheme[+tls]://[user:password@]host[:port],[ipv6][:port]/path?name=value` apart. `URL` of
 * the platform cannot: it refuses or misreads a list of hosts.
 */
export function parseStoreUrl(text: unknown): StoreUrl {
  if (typeof text !== 'string' || text === '')
    throw invalid(String(text), 'write one such as etcd://host:2379 or memory://demo');
  const shown = hideSecrets(text);
  const match = /^([a-z][a-z0-9.-]*)(\+tls)?:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?$/i.exec(text);
  if (match === null)
    throw invalid(
      shown,
      'write scheme://host:port/prefix?name=value, for example etcd://host:2379',
    );
  const [, scheme = '', tls, authority = '', path = '', query] = match;
  // Else it could be the end of a password that was not encoded, and the host a part of that.
  if (`${path}?${query ?? ''}`.includes('@'))
    throw invalid(
      shown,
      'write / ? # in user and password, and @ after the hosts, as %2F %3F %23 %40',
    );
  // The last @: a password may contain one.
  const at = authority.lastIndexOf('@');
  return {
    scheme: scheme.toLowerCase(),
    tls: tls !== undefined,
    user: at < 0 ? undefined : parseUser(authority.slice(0, at), shown),
    hosts: parseHosts(authority.slice(at + 1), shown),
    path: decode(path, shown).split('/').filter(Boolean).join('/'),
    parameters: parseQuery(query, shown),
    shown,
  };
}

/** The error for a URL that cannot be used. */
export function invalidUrl({ shown }: StoreUrl, why: string): LeadershipError {
  return invalid(shown, why);
}

/** Also of URLs that cannot be taken apart: what might be a secret is not shown. */
function hideSecrets(text: string): string {
  const [, scheme = '', authority = '', rest = ''] =
    /^([^:/?#@]*:\/\/)?([^/?#]*)(.*)$/s.exec(text) ?? [];
  if (rest.includes('@') || (scheme === '' && authority.includes('@'))) return `${scheme}***`;
  const shown = authority.replace(/^(.*)@/, (_whole, user: string) => {
    const [name = ''] = user.split(':');
    return user.includes(':') ? `${name}:***@` : '***@';
  });
  return `${scheme}${shown}${rest.replace(/([?&])([^=&#]+)=([^&#]*)/g, hideParameter)}`;
}

function hideParameter(whole: string, mark: string, name: string): string {
  return secretParameter.test(name) ? `${mark}${name}=***` : whole;
}

function parseUser(text: string, shown: string): StoreUrl['user'] {
  const colon = text.indexOf(':');
  if (colon < 0) throw invalid(shown, 'write user and password as user:password@');
  const username = decode(text.slice(0, colon), shown);
  const password = decode(text.slice(colon + 1), shown);
  if (username === '') throw invalid(shown, 'the user name is empty');
  return { username, password };
}

function parseHosts(text: string, shown: string): StoreUrl['hosts'] {
  if (text === '') return [];
  return text.split(',').map((item) => {
    const match = /^(\[[0-9a-f:.%]+\]|[^:[\]@\s]+)(?::(.*))?$/i.exec(item);
    const [, host, port] = match ?? [];
    if (host === undefined)
      throw invalid(shown, `"${item}" is no host: write host, host:port or [ipv6]:port`);
    return { host, port: port === undefined ? undefined : parsePort(port, shown) };
  });
}

function parsePort(text: string, shown: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw invalid(shown, `the port "${text}" is not a number from 1 to 65535`);
}

function parseQuery(text: string | undefined, shown: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const item of text?.split('&').filter(Boolean) ?? []) {
    const [name = '', ...value] = item.split('=').map((part) => decode(part, shown));
    if (parameters.has(name)) throw invalid(shown, `the parameter "${name}" is given twice`);
    parameters.set(name, value.join('='));
  }
  return parameters;
}

function decode(text: string, shown: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(shown, 'a % must be followed by two hexadecimal digits; write %25 for % itself');
  }
}

function invalid(shown: string, why: string): LeadershipError {
  return new LeadershipError('invalid-option', `store URL "${shown}": ${why}`);
}
