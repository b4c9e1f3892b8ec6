import { map, NEVER } from 'rxjs';
import type { LeadershipStore, Lease } from '../../lib/index.js';

const forever = 3_600_000;

/** A store whose leases never seem to run out: what candidates believe who look at no clock. */
export function naiveStore(store: LeadershipStore): LeadershipStore {
  return {
    ...store,
    lock: (key, request) =>
      store
        .lock(key, request)
        .pipe(
          map((claim) =>
            claim.status === 'held' ? { ...claim, lease: naiveLease(claim.lease) } : claim,
          ),
        ),
  };
}

function naiveLease({ ttl, margin, gap, state$ }: Lease): Lease {
  const validUntil = performance.now() + forever;
  return { ttl, margin, gap, state$, validUntil: () => validUntil, runsOut: () => NEVER };
}
