import type { CampaignState, Phase } from './campaign-state.js';
import type { Leadership } from './leadership.js';
import { termEnd, type Term } from './term.js';

/** What subscribers see of a campaign; `term` is the one that `state` leads. */
export function shown({ phase }: CampaignState, term: Term | undefined, now: number): Leadership {
  switch (phase.name) {
    case 'waiting': {
      const waiting = { elected: false, state: 'waiting' } as const;
      return phase.ahead === undefined ? waiting : { ...waiting, ahead: phase.ahead };
    }
    case 'leading':
      if (term === undefined) throw new Error('a leading campaign has a term');
      return { elected: true, state: phase.suspended ? 'suspended' : 'leading', term };
    case 'draining': {
      const ended = termEnd(phase.token, phase.reason);
      return { elected: false, state: 'resigning', ended, ...phase.failure };
    }
    case 'cooling-down': {
      const { ended, until } = phase;
      return { elected: false, state: 'cooling-down', ended, retryIn: waitFrom(now, until) };
    }
    case 'interrupted': {
      const { ended, error, until } = phase;
      const retryIn = waitFrom(now, until);
      const trouble = { elected: false, state: 'interrupted', error, retryIn } as const;
      return ended === undefined ? trouble : { ...trouble, ended };
    }
    case 'stopped': {
      if (phase.silent === true) return { elected: false, state: 'joining' };
      const leaving = { elected: false, state: 'resigning', ...phase.failure } as const;
      return phase.ended === undefined ? leaving : { ...leaving, ended: phase.ended };
    }
    case 'idle':
    case 'joining':
    case 'failed':
      return { elected: false, state: 'joining' };
  }
}

/** Whole milliseconds: for people. */
function waitFrom(now: number, until: number): number {
  return Math.max(0, Math.ceil(until - now));
}

/** Whether a phase may have something to tell after another; how a drain goes on is told at its end. */
export function isNews(before: Phase, next: Phase): boolean {
  return before !== next && !(before.name === 'draining' && next.name === 'draining');
}

/** Whether `next` tells a subscriber nothing new after `last`. */
export function sameLeadership(last: Leadership, next: Leadership): boolean {
  switch (next.state) {
    case 'joining':
      return last.state === 'joining';
    case 'waiting':
      return last.state === 'waiting' && last.ahead === next.ahead;
    case 'leading':
    case 'suspended':
      return last.state === next.state && last.term === next.term;
    case 'resigning':
      if (last.state !== 'resigning' || last.ended?.token !== next.ended?.token) return false;
      return last.error === next.error;
    default:
      return false;
  }
}
