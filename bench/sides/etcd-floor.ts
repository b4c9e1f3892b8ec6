import type { Etcd3 } from 'etcd3';
import { rawClient, RawWatches } from './raw-client.js';
import type { Candidacy, Following, Side, SideOptions } from './side.js';

/**
 * The shortest program that elects on the npm client: one lease with a keepalive, one transaction
 * for a claim, two watches on one stream while it waits. No deadline, no retry, no margin, nothing
 * for lost answers and broken streams: it is what everything else is measured against.
 */
export function etcdFloor({ url, ttl }: SideOptions): Side {
  const client = rawClient(url);
  const watches = new RawWatches(client);
  let session: Promise<Session> | undefined;
  const opened = () => (session ??= openSession(client, watches, ttl));
  return {
    warm: async () => {
      await opened();
    },
    campaign: (key, id, elected) => new FloorCandidacy(client, watches, opened(), key, id, elected),
    follow: (key, seen) => followFloor(client, watches, key, seen),
    close: async () => {
      const { stop, id } = await opened();
      stop();
      await client.leaseClient.leaseRevoke({ ID: id });
      watches.close();
      client.close();
    },
  };
}

interface Session {
  readonly id: string;
  readonly hex: string;
  stop(): void;
}

async function openSession(client: Etcd3, watches: RawWatches, ttl: number): Promise<Session> {
  const granting = client.leaseClient.leaseGrant({ TTL: ttl / 1_000 });
  const [{ ID: id }] = await Promise.all([granting, watches.opened()]);
  const renewals = client.leaseClient.leaseKeepAlive().then((stream) => {
    stream.on('error', () => undefined);
    stream.on('data', () => undefined);
    return stream;
  });
  const renew = () => void renewals.then((stream) => stream.write({ ID: id }));
  const timer = setInterval(renew, ttl / 3);
  const stop = () => {
    clearInterval(timer);
    void renewals.then((stream) => stream.cancel());
  };
  return { id, hex: BigInt(id).toString(16), stop };
}

let claims = 0;

class FloorCandidacy implements Candidacy {
  readonly #client: Etcd3;
  readonly #watches: RawWatches;
  readonly #range: { readonly key: Buffer; readonly range_end: Buffer };
  readonly #elected: () => void;
  readonly #staked: Promise<void>;
  #own = Buffer.alloc(0);
  #stopOwn: (() => void) | undefined;
  #stopFront: (() => void) | undefined;

  constructor(
    client: Etcd3,
    watches: RawWatches,
    session: Promise<Session>,
    key: string,
    id: string,
    elected: () => void,
  ) {
    this.#client = client;
    this.#watches = watches;
    this.#range = { key: Buffer.from(`${key}/`), range_end: Buffer.from(`${key}0`) };
    this.#elected = elected;
    this.#staked = this.#stake(session, key, id);
  }

  async leave(): Promise<void> {
    await this.#staked;
    const deleted = this.#client.kv.deleteRange({ key: this.#own });
    this.#stopOwn?.();
    this.#stopFront?.();
    await deleted;
  }

  async #stake(session: Promise<Session>, key: string, id: string): Promise<void> {
    const { id: lease, hex } = await session;
    this.#own = Buffer.from(`${key}/${hex}-${(claims += 1)}`); // the lease is ours alone
    const { header, responses } = await this.#client.kv.txn({
      success: [
        { request_range: this.#front() },
        { request_put: { key: this.#own, value: Buffer.from(id), lease } },
      ],
    });
    const { kvs, count } = responses[0]!.response_range;
    const front = kvs[0]?.key;
    if (front === undefined) this.#elected();
    const next = String(BigInt(header.revision) + 1n);
    this.#stopOwn = this.#watches.watch({ key: this.#own }, next, () => undefined);
    if (front !== undefined) this.#wait(front, next, header.revision, count === '1');
  }

  #front(before?: string) {
    const max = before === undefined ? {} : { max_create_revision: String(BigInt(before) - 1n) };
    const order = { sort_target: 'Create', sort_order: 'Descend' } as const;
    return { ...this.#range, keys_only: true, limit: 1, ...order, ...max };
  }

  /** Alone in front, and its own watch on the same stream: it leads without asking again. */
  #wait(front: Buffer, from: string, token: string, alone: boolean): void {
    this.#stopFront = this.#watches.watch({ key: front }, from, ({ events }) => {
      if (!events.some(({ type }) => type === 'Delete')) return;
      if (alone) this.#elected();
      this.#stopFront?.();
      if (!alone) void this.#lookAgain(token);
    });
  }

  async #lookAgain(token: string): Promise<void> {
    const { header, kvs, count } = await this.#client.kv.range(this.#front(token));
    const front = kvs[0]?.key;
    if (front === undefined) this.#elected();
    else this.#wait(front, String(BigInt(header.revision) + 1n), token, count === '1');
  }
}

/** Reads the queue once and keeps it by a watch, so that a change costs no request. */
async function followFloor(
  client: Etcd3,
  watches: RawWatches,
  key: string,
  seen: (id: string | undefined) => void,
): Promise<Following> {
  const range = { key: Buffer.from(`${key}/`), range_end: Buffer.from(`${key}0`) };
  await watches.opened();
  const order = { sort_target: 'Create', sort_order: 'Ascend' } as const;
  const { header, kvs } = await client.kv.range({ ...range, ...order });
  const queue = new Map(kvs.map((kv) => [kv.key.toString(), kv.value.toString()]));
  let shown: string | undefined;
  const show = () => {
    const [first] = queue.keys();
    if (first === shown) return;
    shown = first;
    seen(first === undefined ? undefined : queue.get(first));
  };
  show();
  const next = String(BigInt(header.revision) + 1n);
  const end = watches.watch(range, next, ({ events }) => {
    for (const { type, kv } of events) {
      if (type === 'Delete') queue.delete(kv.key.toString());
      else queue.set(kv.key.toString(), kv.value.toString());
    }
    show();
  });
  return { end };
}
