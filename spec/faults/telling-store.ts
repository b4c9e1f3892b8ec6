import { tap } from 'rxjs';
import type { LeadershipStore, Lease } from '../../lib/index.js';

/** What stores tell a lease when a renewal was acknowledged. */
interface Renewed {
  acknowledged?: (...args: readonly unknown[]) => unknown;
}

/**
 * Calls `renewed` right after each renewal of what is held. Who only looks now and then may be
 * stopped after a renewal, before the look; later it cannot be told from one that came too late.
 */
export function tellingStore(store: LeadershipStore, renewed: () => void): LeadershipStore {
  const known = new WeakSet<Lease>();
  const listen = (lease: Lease & Renewed) => {
    const acknowledged = lease.acknowledged?.bind(lease);
    if (known.has(lease) || acknowledged === undefined) return;
    known.add(lease);
    lease.acknowledged = (...args) => {
      const answer = acknowledged(...args);
      renewed();
      return answer;
    };
  };
  return {
    ...store,
    lock: (key, request) =>
      store.lock(key, request).pipe(
        tap((claim) => {
          if (claim.status === 'held') listen(claim.lease);
        }),
      ),
  };
}
