import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { monotonicScheduler } from '../../../lib/clock.js';
import type { ConsulClient, Entry, Read } from '../../../stores/consul/client.js';
import { Connection, type Send } from '../../../stores/consul/connection.js';
import { Sight } from '../../../stores/consul/sight.js';
import { ConsulServer } from '../../support/consul-server.js';
import { eventually } from '../../support/eventually.js';

let server: ConsulServer;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  server = await ConsulServer.start();
});
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});
afterAll(() => server.stop());

/** Tells what it asks the server for. */
class TalkativeConnection extends Connection {
  readonly reads: Read[] = [];

  override wait<T>(what: string, limit: number, send: Send<T>): Promise<T> {
    return super.wait(what, limit, (client, timeout) => {
      const read: typeof client.read = (asked, ...rest) => {
        this.reads.push(asked);
        return client.read(asked, ...rest);
      };
      return send({ ...client, read }, timeout);
    });
  }
}

function open() {
  const connection = new TalkativeConnection({ address: server.address }, monotonicScheduler);
  const sight = new Sight(connection, 300);
  cleanups.push(
    () => connection.close(),
    () => sight.close(),
  );
  const look = (key: string) => {
    const values: (string | undefined)[] = [];
    const { stop } = sight.watch(key, {
      seen: ({ entry }) => {
        const value = entry?.Value ?? undefined;
        if (values.length === 0 || values.at(-1) !== value) values.push(value);
      },
      refused: (error) => values.push(error.code),
    });
    return { values, stop };
  };
  const scopes = () => connection.reads.map(({ key, recurse }) => (recurse ? `${key}*` : key));
  return { look, scopes };
}

const entryOf = (Value: string, ModifyIndex: number): Entry => ({
  ...{ Key: 'a', Value, Flags: 0, ModifyIndex },
});

const put = (key: string, value: string) => server.ask('PUT', `kv/${key}`, value);

it('asks for a key alone, and for the folder only while another one in it is watched', async () => {
  await put('sight/a', '1');
  await put('sight/b', '1');
  const { look, scopes } = open();
  const a = look('sight/a');
  await eventually(() => a.values.length === 1 && scopes().length === 2);
  expect(new Set(scopes())).toEqual(new Set(['sight/a']));
  const b = look('sight/b');
  await eventually(() => b.values.length === 1);
  expect(b.values).toEqual(['1']);
  expect(scopes().at(-1)).toBe('sight/*');
  await put('sight/a', '2');
  await put('sight/b', '2');
  await eventually(() => a.values.length === 2 && b.values.length === 2);
  b.stop();
  await put('sight/a', '3');
  await eventually(() => a.values.length === 3 && scopes().at(-1) === 'sight/a');
  await put('sight/a', '4');
  await eventually(() => a.values.length === 4);
  expect(a.values).toEqual(['1', '2', '3', '4']);
});

it('tells at once of a key that it has read already, and never of one that it has not', async () => {
  await put('told/b', 'there');
  const { look, scopes } = open();
  const absent = look('told/a');
  await eventually(() => absent.values.length === 1);
  expect(absent.values).toEqual([undefined]);
  const again = look('told/a');
  await Promise.resolve();
  expect(again.values).toEqual([undefined]);
  expect(new Set(scopes())).toEqual(new Set(['told/a']));
  const beside = look('told/b');
  await eventually(() => beside.values.length > 0);
  expect(beside.values).toEqual(['there']);
});

it('who leaves and comes back is told anew', async () => {
  const { look } = open();
  const a = look('back/a');
  await eventually(() => a.values.length === 1);
  a.stop();
  await put('back/a', 'new');
  const next = look('back/a');
  await eventually(() => next.values.length === 1);
  expect(next.values).toEqual(['new']);
  expect(a.values).toEqual([undefined]);
});

it('asks a server that has the last word when one that is behind has answered', async () => {
  const old = { index: 15n, entries: [entryOf('old', 10)] };
  const present = { index: 20n, entries: [entryOf('present', 20)] };
  let isBehind = false;
  let answers = 0;
  class DividedConnection extends Connection {
    override wait<T>(_: string, __: number, send: Send<T>): Promise<T> {
      const read = async ({ consistent = false, after }: Read) => {
        if (after) await new Promise((resolve) => setTimeout(resolve, 5));
        answers += 1;
        return isBehind && !consistent ? old : present;
      };
      return send({ read } as unknown as ConsulClient, 1_000);
    }
  }
  const sight = new Sight(
    new DividedConnection({ address: server.address }, monotonicScheduler),
    9,
  );
  cleanups.push(() => sight.close());
  const seen: (string | null | undefined)[] = [];
  sight.watch('a', {
    seen: ({ entry }) => seen.push(entry?.Value),
    refused: (error) => seen.push(error.code),
  });
  await eventually(() => seen.length > 0);
  isBehind = true;
  const before = answers;
  await eventually(() => answers > before + 6);
  expect(new Set(seen)).toEqual(new Set(['present']));
  expect(seen.length).toBeGreaterThan(2);
});

it('a query that waits for longer than connections are kept that nobody needs is not cut', async () => {
  const connection = new Connection({ address: server.address }, monotonicScheduler);
  cleanups.push(() => connection.close());
  const ask = (after?: Read['after']) =>
    connection.wait('ask', 12_000, (client, timeout) =>
      client.read({ key: 'waiting', ...(after && { after }) }, timeout),
    );
  const { index } = await ask();
  const since = performance.now();
  await ask({ index, wait: 6_000 });
  expect(performance.now() - since).toBeGreaterThan(5_900);
});
