// An outbox relay: one replica sends what all have written down. The receiver checks fencing tokens,
// so that a request of a former leader does no harm when it comes late.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { concatMap, firstValueFrom, map, from, lastValueFrom, take, tap } from 'rxjs';
import { campaign, terms, whileLeader, withFencing } from 'rx-leadership';
import type { Term } from 'rx-leadership';
import { memoryStore, MemoryServer } from 'rx-leadership/stores/memory';

/** Remembers the largest token. A database does so in the transaction that writes the message. */
let newest = 0n;
const receiver = createServer((request, response) => {
  const token = BigInt(String(request.headers['fencing-token']));
  const status = token < newest ? 409 : 200;
  if (status === 200) newest = token;
  request.resume();
  response.writeHead(status, { connection: 'close' }).end();
});
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;

async function send(message: string, token: bigint): Promise<string> {
  const headers = { 'fencing-token': String(token) };
  const { status } = await fetch(url, { method: 'POST', headers, body: message });
  return `${message} with token ${token}: ${status === 200 ? 'sent' : 'refused'}`;
}

const outbox = ['order 1', 'order 2', 'order 3'];

const relay = (term: Term) =>
  from(outbox).pipe(
    withFencing(term),
    concatMap(({ value, token }) => term.waitUntil(send(value, token))),
    tap(() => outbox.shift()), // only what was sent is taken out
  );

const server = new MemoryServer(); // in production: a store per process, by openStore('etcd://…')
const [here, there] = [memoryStore({ server, ttl: 3_000 }), memoryStore({ server, ttl: 3_000 })];
const anns$ = campaign(here, { key: 'outbox', id: 'ann' });
const bobs$ = campaign(there, { key: 'outbox', id: 'bob' });

// Ann leads, and is gone before her request arrives; bob goes on.
const token = await firstValueFrom(
  anns$.pipe(
    terms(),
    map((term) => term.token),
  ),
  { defaultValue: 0n },
);
const sent$ = bobs$.pipe(whileLeader(relay), take(outbox.length), tap(console.log));
await lastValueFrom(sent$, { defaultValue: undefined });
console.log(await send('order 0, of ann, late', token));

receiver.close();
