import { parseClaim, type ClaimRecord } from './claim-file.js';
import type { Claims } from './claims.js';
import type { Liveness } from './liveness.js';

/** Who stands in a queue. `undefined`: something that is not ours, left alone. */
export type Standing = { readonly number: bigint; readonly claim: ClaimRecord | undefined };

/** Removes claims of sessions that are over, also behind one who leads for years. */
export function removeOver(claims: Claims, liveness: Liveness): void {
  for (const number of claims.list().claims)
    if (standing(claims, number, liveness) === undefined) claims.remove(number);
}

/** Whether a claim counts: a session that is over has given all of its claims up. */
export function standing(claims: Claims, number: bigint, liveness: Liveness): Standing | undefined {
  const text = claims.read(number);
  if (text === undefined) return undefined;
  const claim = parseClaim(text);
  return claim !== undefined && liveness.isOver(claim.session) ? undefined : { number, claim };
}
