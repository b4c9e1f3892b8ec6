import { database, type Answer, type Connection } from './browser.js';
import { translate } from './failures.js';

const tokens = 'tokens';

/**
 * Numbers, each larger than all that were taken before in its election. They are kept in IndexedDB,
 * which gives them out one after another, whoever asks: so they grow whatever the time of day is.
 * They are never below that, in milliseconds: so they grow too when what was kept is gone, as the
 * user has cleared the data of the site or the power was lost.
 */
export class Tokens {
  readonly #store: string;
  #asked: Asked[] = [];
  #serving = false;

  constructor(store: string) {
    this.#store = store;
  }

  next(key: string): Promise<bigint> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ key, resolve, reject });
      if (!this.#serving) void this.#serve();
    });
  }

  /** In one go what was asked for meanwhile: with many elections that makes it quick. */
  async #serve(): Promise<void> {
    this.#serving = true;
    let served: readonly Asked[] = [];
    try {
      const connection = await open();
      try {
        while (this.#asked.length > 0) {
          served = this.#asked;
          this.#asked = [];
          await take(connection, this.#store, served);
        }
      } finally {
        connection.close(); // while it is open, the data of the site cannot be cleared
      }
    } catch (error) {
      const failure = translate('take a token', error);
      for (const { reject } of [...served, ...this.#asked]) reject(failure);
      this.#asked = [];
    } finally {
      this.#serving = false;
    }
  }
}

/** Somebody who waits for a token. */
interface Asked {
  readonly key: string;
  readonly resolve: (token: bigint) => void;
  readonly reject: (error: Error) => void;
}

async function open(): Promise<Connection> {
  const opening = database().open('rx-leadership', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(tokens);
  return await answerOf(opening);
}

async function take(connection: Connection, store: string, asked: readonly Asked[]): Promise<void> {
  const transaction = connection.transaction(tokens, 'readwrite', { durability: 'relaxed' });
  const done = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
  const kept = transaction.objectStore(tokens);
  const taken = asked.map(async ({ key }) => {
    const last = await answerOf(kept.get([store, key]));
    const token = Math.max(typeof last === 'number' ? last + 1 : 0, Date.now());
    kept.put(token, [store, key]);
    return token;
  });
  const [numbers] = await Promise.all([Promise.all(taken), done]);
  for (const [n, { resolve }] of asked.entries()) resolve(BigInt(numbers[n] ?? 0));
}

function answerOf<T>(answer: Answer<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    answer.onsuccess = () => resolve(answer.result);
    answer.onerror = () => reject(answer.error);
  });
}
