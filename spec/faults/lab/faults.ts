import type { Chance } from '../../../testing/chance.js';
import { now } from '../history.js';
import type { Client } from './client.js';
import { faultsOfClients } from './faults-of-clients.js';
import { faultsOfServers } from './faults-of-servers.js';
import type { Lab } from './lab.js';
import type { Fault } from './strike.js';

const faults: Readonly<Record<string, Fault>> = { ...faultsOfClients, ...faultsOfServers };

/** Those that can be made in this laboratory. */
export function faultNames({ cluster }: Lab): string[] {
  return Object.keys(faults).filter(
    (name) =>
      (name !== 'compact' || cluster.compact !== undefined) &&
      (name !== 'revokeRights' || cluster.revoke !== undefined),
  );
}

/** Makes a fault where it hurts most, three times of four, or always; and mends it. */
export async function strike(
  lab: Lab,
  name: string,
  chance: Chance,
  aim: 'leader' | 'anybody',
): Promise<void> {
  const atLeader = aim === 'leader' || chance.next() < 0.75;
  const victim = (atLeader ? lab.leading : undefined) ?? chance.pick(lab.candidates);
  lab.fault(name, 'from');
  lab.note(`${name} strikes ${victim.name}`);
  await faults[name]!({ lab, chance, victim });
  lab.fault(name, 'to');
}

/**
 * Nothing is broken any more: somebody leads soon, and soon everybody sees who. Returns who does
 * not; that nobody leads for too long is found by the checker.
 */
export async function calm(lab: Lab): Promise<string[]> {
  const since = now();
  await lab.until('a leader', () => lab.led(since), 60_000);
  const limit = now() + lab.cluster.bounds.ofServers;
  for (;;) {
    const blind = lab.clients.filter(
      (client) => client.isWell && client.last('view') && !seesLeader(lab, client),
    );
    if (blind.length === 0) return [];
    if (now() > limit)
      return blind.map(({ who }) => `followers: ${who} did not see who leads within the bound`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function seesLeader(lab: Lab, client: Client): boolean {
  const view = client.last('view');
  const leader = lab.history.all('start').at(-1);
  return view?.stale === false && view.token === leader?.token;
}
