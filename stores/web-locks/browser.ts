import { LeadershipError } from '../../lib/errors.js';

/** What this store uses of a browser. Written down here: its types ask for none of the DOM's. */
interface Browser {
  readonly navigator?: { readonly locks?: LockManager };
  readonly indexedDB?: Database;
  readonly BroadcastChannel?: new (name: string) => Channel;
  readonly document?: EventTarget;
  readonly addEventListener?: EventTarget['addEventListener'];
  readonly removeEventListener?: EventTarget['removeEventListener'];
}

/** Never asked to `steal`: the one from whom a lock is stolen learns of it too late. */
export interface LockManager {
  request(name: string, options: LockOptions, hold: () => Promise<void> | void): Promise<unknown>;
  query(): Promise<{ readonly held?: readonly LockInfo[] }>;
}

interface LockOptions {
  readonly mode: 'exclusive' | 'shared';
  readonly signal: AbortSignal;
}

interface LockInfo {
  readonly name?: string;
  readonly mode?: 'exclusive' | 'shared';
}

interface Database {
  open(name: string, version: number): Opening;
}

export interface Answer<T> {
  readonly result: T;
  readonly error: Error;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}

interface Opening extends Answer<Connection> {
  onupgradeneeded: (() => void) | null;
}

export interface Connection {
  createObjectStore(name: string): unknown;
  transaction(name: string, mode: 'readwrite', options: { durability: 'relaxed' }): Transaction;
  close(): void;
}

export interface Transaction {
  readonly error: Error;
  objectStore(name: string): {
    get(key: readonly string[]): Answer<unknown>;
    put(value: number, key: readonly string[]): unknown;
  };
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
}

export interface Channel {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(data: unknown): void;
  close(): void;
}

const browser = globalThis as unknown as Browser;

/** Asked for each time: on a server, where pages are made, there may be none. */
export function lockManager(): LockManager {
  const locks = browser.navigator?.locks;
  if (locks !== undefined) return locks;
  throw missing('navigator.locks', 'It is there in browsers, for pages that come by https');
}

export function database(): Database {
  if (browser.indexedDB !== undefined) return browser.indexedDB;
  throw missing('indexedDB', 'It is there in browsers, unless their user has forbidden storage');
}

/** Reaches all pages of the site that have opened it too. */
export function openChannel(name: string): Channel {
  if (browser.BroadcastChannel !== undefined) return new browser.BroadcastChannel(name);
  throw missing('BroadcastChannel', 'It is there in browsers');
}

/**
 * `stops` is called when the page is about to be frozen, or hidden for good or to come back by the
 * button "back". Call the result to listen no more. In a worker there is nothing to hear.
 */
export function whenPageStops(stops: () => void): () => void {
  const { document } = browser;
  document?.addEventListener('freeze', stops);
  browser.addEventListener?.('pagehide', stops);
  return () => {
    document?.removeEventListener('freeze', stops);
    browser.removeEventListener?.('pagehide', stops);
  };
}

function missing(what: string, where: string): LeadershipError {
  return new LeadershipError('store-unreachable', `web-locks: there is no ${what}. ${where}`);
}
