import { asyncScheduler } from 'rxjs';
import type { CampaignEvent, CampaignState } from '../../lib/campaign-state.js';
import { momentOf, type Clock } from '../../lib/clock.js';
import { LeadershipError } from '../../lib/errors.js';
import { SessionLease } from '../../lib/lease.js';
import { nextState } from '../../lib/next-state.js';
import type { CampaignRules } from '../../lib/options.js';

/** How long ago something was, in ticks: in truth, what the clock lost of that, what it slept. */
export type Ago = readonly [real: number, lag: number, slept: number];

/** Joining, waiting, leading, draining while it is ours, or no more, resting. */
export type Phase = 'j' | 'w' | 'l' | 'd' | 'n' | 'r';

/** What is taken out of the protocol, to see that it is missed. */
export const rules = {
  '1, counts from the answer': 'answer',
  '1, takes off no margin': 'margin',
  '1, counts what no majority stands behind': 'minority',
  '2, goes by a clock that is set back': 'set back',
  '2, goes by a clock that stops in sleep': 'sleep',
  '3, lets a late acknowledgement revive': 'late',
  '5, leads when the one in front leaves, whoever else is there': 'front',
  '9, lets a claim give two terms': 'twice',
  '10, forgets what is on its way': 'forgets',
} as const;
export type Out = (typeof rules)[keyof typeof rules];

/** What is taken off a lease: as many ticks as a clock may lose in one. */
const margin = 1;
const now = 1_000;
const names = { j: 'joining', w: 'waiting', l: 'leading', d: 'draining', n: 'draining' } as const;

/** The campaign and the lease of `lib/`, which take their part in the model as they are. */
export class Core {
  readonly #out: Out | undefined;
  readonly #clock: Clock;
  readonly #rules: CampaignRules;
  readonly #known = new Map<string, unknown>();

  /** `ttl`: in ticks. */
  constructor(ttl: number, out?: Out) {
    this.#out = out;
    const blind = out === 'set back' || out === 'sleep';
    this.#clock = blind ? { now: () => now } : { now: () => now, sinceBoot: () => now };
    const timing = { ttl, margin: out === 'margin' ? 0 : margin, gap: 0 };
    const whenSuspended = 'hold';
    this.#rules = {
      ...{ key: 'k', id: 'i', timing, drain: 0, cooldown: 0, whenSuspended, retryIn: () => 0 },
    } as unknown as CampaignRules;
  }

  isLive(lease: Ago): boolean {
    return this.#once(`live ${lease.join()}`, () => this.#lease(lease).isLive());
  }

  /** What the lease counts from after an answer; `undefined` when that came too late. */
  acknowledged(before: Ago, sent: Ago): Ago | undefined {
    const asked = this.#out === 'answer' ? ([0, 0, 0] as const) : sent;
    return this.#once(`acknowledged ${before.join()} ${asked.join()}`, () => {
      const lease = this.#lease(before);
      if (!lease.acknowledged(this.#moment(asked))) return this.#out === 'late' ? asked : undefined;
      const until = lease.validUntil();
      return [asked, before].find((each) => this.#lease(each).validUntil() === until);
    });
  }

  next(phase: Phase, token: number, lease: Ago | null, event: CampaignEvent['type']): Phase {
    return this.#once(`next ${phase} ${lease?.join()} ${event}`, () => {
      const reading = lease && {
        ...this.#rules.timing,
        validUntil: this.#lease(lease).validUntil(),
        state: 'live' as const,
      };
      const told = { type: event, stake: 1, token: BigInt(token), error } as CampaignEvent;
      const after = nextState(this.#rules, stateOf(phase, token), told, reading ?? undefined, now);
      return phaseOf(after.phase);
    });
  }

  #once<T>(name: string, find: () => T): T {
    if (!this.#known.has(name)) this.#known.set(name, find());
    return this.#known.get(name) as T;
  }

  #lease(ago: Ago): SessionLease {
    return new SessionLease(this.#rules.timing, this.#moment(ago), this.#clock, asyncScheduler);
  }

  #moment([real, lag, slept]: Ago) {
    const sinceBoot = now - real + lag;
    const stopped = this.#out === 'set back' ? 0 : slept;
    const { sinceBoot: known } = momentOf(this.#clock);
    return { now: sinceBoot + stopped, sinceBoot: known === undefined ? undefined : sinceBoot };
  }
}

const error = new LeadershipError('claim-lost', 'in the model');

function stateOf(letter: Phase, token: number): CampaignState {
  const name = letter === 'r' ? 'interrupted' : names[letter];
  const all = { token: BigInt(token), suspended: false, endsAt: Infinity, ahead: undefined };
  const rest = { ours: letter === 'd', until: now, failure: undefined, reason: 'resigned', error };
  const phase = { ...all, ...rest, name } as unknown as CampaignState['phase'];
  return { phase, stake: 1, unsettled: 1, failures: 0, since: now, stopping: false };
}

function phaseOf(phase: CampaignState['phase']): Phase {
  if (phase.name === 'draining') return phase.ours ? 'd' : 'n';
  return phase.name === 'joining' || phase.name === 'waiting' || phase.name === 'leading'
    ? (phase.name[0] as Phase)
    : 'r';
}
