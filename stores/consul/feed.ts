import { leaderRecord } from '../../lib/contract.js';
import { decodeValue } from '../shared/value.js';
import type { Feed, FeedListener } from '../shared/view.js';
import type { Entry } from './client.js';
import type { Sight } from './sight.js';
import { isLock } from './wire.js';

/** Tells who leads. Consul knows nobody else: there is no queue. */
export function openFeed(sight: Sight, key: string, listener: FeedListener): Feed {
  let shown: string | undefined;
  const watching = sight.watch(key, {
    seen: ({ entry }) => {
      listener.contact();
      // The value alone is not to be trusted: it stays when the session has ended.
      const leader = entry?.Session !== undefined && isLock(entry) ? entry : undefined;
      const present = leader === undefined ? '' : `${leader.ModifyIndex} ${leader.Session ?? ''}`;
      if (present === shown) return;
      shown = present;
      listener.show(leader === undefined ? [] : [recordOf(leader)]);
    },
    refused: (error) => listener.fail(error),
  });
  return watching;
}

function recordOf({ Value, ModifyIndex }: Entry) {
  const { id, data } = decodeValue(Value ?? '');
  return leaderRecord(id, BigInt(ModifyIndex), data);
}
