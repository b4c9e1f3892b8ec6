import type { Subscription } from 'rxjs';
import {
  electionsOf,
  leadershipFeed,
  type FeedElections,
  type FeedOptions,
  type LeadershipFeed,
} from '../../feed/index.js';
import { campaign } from '../../index.js';
import { memoryStore } from '../../stores/memory/index.js';
import { Reader, Serving } from './serving.js';

/** A feed of a store in memory, behind a server, and those who read it: for one test. */
export class Bench {
  readonly store = memoryStore();
  feed!: LeadershipFeed;
  serving!: Serving;
  #serves = false;
  readonly #readers: Reader[] = [];

  async serve(
    options: FeedOptions = {},
    elections: FeedElections = electionsOf(this.store, ['jobs', 'mails']),
  ): Promise<void> {
    this.#serves = true;
    this.feed = leadershipFeed(elections, options);
    this.serving = await new Serving(this.feed).listen();
  }

  async read(path = '/events', headers: Record<string, string> = {}): Promise<Reader> {
    const reader = await Reader.open(this.serving.url + path, headers);
    this.#readers.push(reader);
    return reader;
  }

  leads(id: string): Subscription {
    return campaign(this.store, { key: 'jobs', id, data: `http://${id}` }).subscribe();
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) reader.close();
    if (this.#serves) {
      this.feed.close();
      await this.serving.close();
    }
    await this.store.close();
  }
}
