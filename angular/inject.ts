import { assertInInjectionContext, computed, inject, type Signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import type { Observable } from 'rxjs';
import type { LeaderRecord } from '../lib/contract.js';
import { LeadershipError } from '../lib/errors.js';
import type { LeaderView } from '../lib/follow.js';
import type { Leadership } from '../lib/leadership.js';
import type { CampaignOptions } from '../lib/options.js';
import { nothingSeen, notYetRunning, type Elections } from './elections.js';
import { ELECTIONS } from './provide.js';

/** Who leads, both ways. */
export interface InjectedLeadership {
  /** As `follow` and `followFeed` give it: cold, shared, never errors by default. */
  readonly view$: Observable<LeaderView>;
  /** The present view. Before anything was heard: no leader, and stale. */
  readonly view: Signal<LeaderView>;
  /** Who leads; `undefined` while nobody does, or nobody knows. It may be stale: see `view`. */
  readonly leader: Signal<LeaderRecord | undefined>;
}

/** A candidate, both ways. */
export interface InjectedElection {
  /** The campaign, for `whileLeader` and the other operators: they join this one candidate. */
  readonly leadership$: Observable<Leadership>;
  /** Where this candidate stands. */
  readonly leadership: Signal<Leadership>;
  /** Whether it leads, as it was told last. Work asks `term.isValid()`, or ends with `whileLeader`. */
  readonly elected: Signal<boolean>;
}

/**
 * Who leads `key`, without being a candidate. In an injection context: the signals are kept up to
 * date until its injector is destroyed (the component, the service).
 *
 * @example
 * readonly jobs = injectLeadership('service/jobs/leader'); // {{ jobs.leader()?.id }}
 * @throws LeadershipError `invalid-option` at the call.
 */
export function injectLeadership(key: string): InjectedLeadership {
  assertInInjectionContext(injectLeadership);
  const view$ = elections().view(key);
  const view = toSignal(view$, { initialValue: nothingSeen });
  return { view$, view, leader: computed(() => view().leader) };
}

/**
 * Runs for election until the injector is destroyed (that of the component, the service), and then
 * gives the claim back in order. Each call is a candidate of its own.
 *
 * @example
 * readonly sync = injectElection({ key: 'sync', id: crypto.randomUUID() }); // @if (sync.elected())
 * @throws LeadershipError `invalid-option` at the call, `unsupported` over a feed.
 */
export function injectElection(options: CampaignOptions): InjectedElection {
  assertInInjectionContext(injectElection);
  const leadership$ = elections().run(options);
  const leadership = toSignal(leadership$, { initialValue: notYetRunning });
  return { leadership$, leadership, elected: computed(() => leadership().elected) };
}

function elections(): Elections {
  const found = inject(ELECTIONS, { optional: true });
  if (found !== null) return found;
  const message = 'nothing provides leadership: add provideLeadership(…) to the providers';
  throw new LeadershipError('invalid-option', message);
}
