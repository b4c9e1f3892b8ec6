import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.js';
import type { Client } from './client.js';
import type { Lab } from './lab.js';

/** Everybody leaves in order. Returns what is left over: of processes, claims, sessions, connections. */
export async function leave(lab: Lab): Promise<string[]> {
  const { cluster, key, clients } = lab;
  await cluster.ready();
  for (const client of clients) client.do({ do: 'close' });
  const patience = 2 * cluster.ttl + 10_000;
  const left = (await Promise.all(clients.map((client) => ends(client, patience)))).flat();
  const gone = { within: cluster.bounds.ofServers + 10_000, every: 200 };
  const claims = async () => (await cluster.claims(key)).length;
  for (const [what, count] of [
    ['claims', claims],
    ['sessions', () => cluster.sessions()],
    ['connections', () => connections(lab)],
  ] as const)
    await eventually(async () => (await count()) === 0, { ...gone, what }).catch(async () =>
      left.push(`left over: ${await count()} ${what}`),
    );
  return left;
}

/** It stops, closes its store, and then nothing keeps its process alive: no timer, no connection. */
async function ends(client: Client, within: number): Promise<string[]> {
  const exit = await Promise.race([client.exited, sleep(within, undefined, { ref: false })]);
  if (exit?.code === 0) return [];
  const why = exit ? `ended with ${JSON.stringify(exit)}: ${client.log}` : 'did not end';
  const note =
    client.noted('left over')?.what ?? (client.noted('closed') ? 'closed' : 'not closed');
  return [`left over: ${client.who} ${why} (${note})`];
}

async function connections({ network, cluster, clients }: Lab): Promise<number> {
  let count = 0;
  for (const node of cluster.nodes)
    for (const client of clients) count += await network.connections(node.name, client.name);
  return count;
}
