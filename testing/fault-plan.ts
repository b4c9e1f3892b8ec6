import { Chance } from './chance.js';

/** What can go wrong on a `faultyStore`; it says what each means. */
export const storeFaults = [
  'late-claim',
  'lost-claim',
  'lost-session',
  'lost-renewals',
  'lost-release',
  'frozen-watch',
] as const;

export type StoreFault = (typeof storeFaults)[number];

/** Milliseconds since the claim was held, or since the watch was subscribed. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What happens to one claim, or to one watch. Milliseconds since its subscription. */
export interface ClaimPlan {
  readonly late: number;
  readonly lostClaim: number | undefined;
  readonly lostSession: number | undefined;
  readonly lostRenewals: Stretch | undefined;
  readonly lostRelease: boolean;
  readonly frozenWatch: (Stretch & { readonly stale: number }) | undefined;
}

interface Rules {
  readonly likelihood: number;
  readonly faults: readonly StoreFault[];
  readonly ttl: number;
}

/** Follows from its arguments alone. */
export function planOf(
  { seed, kind, number }: { seed: number; kind: 'claim' | 'watch'; number: number },
  { likelihood, faults, ttl }: Rules,
): ClaimPlan {
  const chance = new Chance(seed ^ Math.imul(2 * number + Number(kind === 'watch'), 0x9e3779b1));
  // Each number is drawn in any case: so that leaving one fault out does not change the others.
  const draws = (fault: StoreFault) => chance.next() < likelihood && faults.includes(fault);
  const within = (least: number, most: number) => Math.round(chance.between(least, most) * ttl);
  const stretch = (latest: number, longest: number): Stretch => {
    const from = within(0, latest);
    return { from, to: from + within(0.1, longest) };
  };
  const drawn = <T>(fault: StoreFault, value: T) => (draws(fault) ? value : undefined);
  const freeze = stretch(4, 2);
  return {
    late: drawn('late-claim', within(0.01, 0.25)) ?? 0,
    lostClaim: drawn('lost-claim', within(0.05, 1)),
    lostSession: drawn('lost-session', within(0, 4)),
    lostRenewals: drawn('lost-renewals', stretch(3, 1.5)),
    lostRelease: drawn('lost-release', true) ?? false,
    // Longer than half a ttl, a watch has to say that it is stale.
    frozenWatch: drawn('frozen-watch', { ...freeze, stale: freeze.from + within(0, 0.5) }),
  };
}
