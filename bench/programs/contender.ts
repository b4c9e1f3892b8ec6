import { onCommand, tell } from '../../spec/support/worker-process.js';
import { openSide, sideNamesOf, type BackendName, type SideName } from '../sides/index.js';
import type { Candidacy, Following } from '../sides/side.js';

/**
 * One process of several in the same elections. It does as told, on any side, and says when by the
 * machine's monotonic clock, which all processes share.
 */
export interface Command {
  readonly do: 'campaign' | 'leave' | 'follow' | 'unfollow';
  readonly side: SideName;
  readonly key: string;
  readonly id: string;
}

/** `at`: nanoseconds. */
export interface Happened {
  readonly what: string;
  readonly at: number;
}

const [on = '', url = ''] = process.argv.slice(2);
const backend = on as BackendName;
const open = new Map(
  sideNamesOf(backend).map((name) => [name, openSide(backend, name, { url, ttl: 15_000 })]),
);
const candidacies = new Map<string, Candidacy>();
const followings = new Map<string, Following>();

const now = () => Number(process.hrtime.bigint());
const say = (what: string, at = now()) => tell({ what, at } satisfies Happened);

await Promise.all([...open.values()].map((side) => side.warm()));
say('ready');

onCommand((command) => {
  const given = command as Command;
  void obey(given).catch((error: unknown) => {
    console.error(given, error);
    process.exit(1);
  });
});

async function obey({ do: what, side: name, key, id }: Command): Promise<void> {
  const side = open.get(name)!;
  switch (what) {
    case 'campaign':
      candidacies.set(
        key,
        side.campaign(key, id, () => say(`elected ${key}`)),
      );
      return;
    case 'leave': {
      const leaving = now();
      await candidacies.get(key)!.leave();
      candidacies.delete(key);
      say(`leaving ${key}`, leaving); // not before: writing takes time, while others wait
      say(`left ${key}`);
      return;
    }
    case 'follow':
      followings.set(key, await side.follow(key, (seen) => say(`seen ${key} ${seen ?? '-'}`)));
      say(`following ${key}`);
      return;
    case 'unfollow':
      followings.get(key)?.end();
      followings.delete(key);
  }
}
