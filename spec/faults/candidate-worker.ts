import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { Observable, type Subscription } from 'rxjs';
import {
  Candidate,
  follow,
  isLeadershipError,
  whileLeader,
  type Leadership,
  type Term,
} from '../../index.js';
import { openStore } from '../../stores/index.js';
import { onCommand } from '../support/worker-process.js';
import { candidateOptions } from './candidate-options.js';
import { HistoryWriter, now } from './history.js';
import { naiveStore } from './naive-store.js';
import { tellingStore } from './telling-store.js';
import { setWallClock } from './wall-clock.js';

/** What this process does when it is told, `ms` where it takes a time. */
export type Command = Readonly<
  | { do: 'start' | 'resign' | 'stop' | 'exit' | 'reject' | 'fail' | 'fail-unheard' | 'pause' }
  | { do: 'block'; ms: number }
  /** Sets the clock of this process forward, or back. */
  | { do: 'clock'; by: number }
  /** Gives everything back. Nothing is left then that keeps the process alive. */
  | { do: 'close' }
>;

/** What was told of a term. */
interface ToldTerm {
  readonly term: Term;
  until: number;
  ended: boolean;
}

const { values: args } = parseArgs({
  options: {
    ...candidateOptions,
    naive: { type: 'boolean', default: false },
    follow: { type: 'boolean', default: false },
    held: { type: 'boolean', default: false },
  },
});

const { id, key } = args;
/** Not the id alone: a candidate may be started again. */
const who = `${id}@${process.pid}`;
const history = new HistoryWriter(args.history);
const register = connect(args.register);
const store = tellingStore(await openStore(args.store), () => tellRenewals());
const candidate = new Candidate(args.naive ? naiveStore(store) : store, key, id);

/** Milliseconds between two actions of the work. */
const rhythm = 20;
/** How long the work takes to end after its signal. */
const ending = 60;
const terms: ToldTerm[] = [];
let next: Command['do'] | undefined;
let lastLook = Infinity;

function note(what: string): void {
  history.write({ t: now(), who, e: 'note', what });
}

function tokenOf(term: Term): string {
  return term.token.toString();
}

/** Until when the term is certain. Asked again when we were not running between the two readings. */
function deadline(term: Term): { t: number; until: number } {
  for (;;) {
    const t = now();
    const until = t + term.remaining();
    if (now() - t < 1) return { t, until };
  }
}

function isValid(term: Term): boolean {
  const before = now();
  const valid = term.isValid();
  const t = valid ? before : now();
  history.write({ t, who, e: 'probe', term: tokenOf(term), valid });
  return valid;
}

function writeToRegister(term: Term): void {
  register.write(`${JSON.stringify({ who, token: tokenOf(term) })}\n`);
}

/** One action of the work: it looks whether it still may, then does it. */
function act(term: Term): void {
  if (!isValid(term)) return;
  if (next === 'pause') {
    next = undefined;
    pause(term);
  }
  writeToRegister(term);
}

/**
 * Stops this process between the look and the deed, as a virtual machine may be stopped at any
 * instruction. When it goes on, this function does so before any timer or any input is looked at.
 */
function pause(term: Term): void {
  tellRenewals();
  note('pausing');
  process.kill(process.pid, 'SIGSTOP');
  note('woke');
  isValid(term);
  subscribeLate();
}

function block(term: Term | undefined, duration: number): void {
  const until = now() + duration;
  tellRenewals();
  note('blocking');
  let look = 0;
  while (now() < until) {
    if (term === undefined || now() < look) continue;
    isValid(term);
    look = now() + rhythm;
  }
  note('unblocked');
  subscribeLate();
}

function subscribeLate(): void {
  candidate.leadership$
    .subscribe(({ state, elected }) => history.write({ t: now(), who, e: 'late', state, elected }))
    .unsubscribe();
}

/** Acts until some time after the signal. The key must be kept until it has ended. */
function work(term: Term): Observable<never> {
  return new Observable<never>((out) => {
    const acting = setInterval(() => {
      if (next === 'exit') process.exit(0);
      if (next === 'fail') out.error(new Error('the work failed, as told'));
      else act(term);
    }, rhythm);
    const told = tellStart(term);
    term.signal.addEventListener('abort', () => {
      if (!term.isValid()) tellEnd(told);
      setTimeout(() => out.complete(), ending);
    });
    return () => {
      next = undefined;
      clearInterval(acting);
      tellEnd(told);
    };
  });
}

function tellStart(term: Term): ToldTerm {
  const token = tokenOf(term);
  const { t, until } = deadline(term);
  const told = { term, until, ended: false };
  terms.push(told);
  history.write({ t, who, e: 'start', term: token, token, until });
  return told;
}

/** The work has ended, or the term is not valid any more, whichever comes first. */
function tellEnd(told: ToldTerm): void {
  if (told.ended) return;
  told.ended = true;
  history.write({ t: now(), who, e: 'end', term: tokenOf(told.term) });
}

function lookAtTerms(): void {
  const t = now();
  if (t - lastLook > 100) note('was late');
  lastLook = t;
  tellRenewals();
}

/** Tells each renewal, and whether a term that has ended still says that it is valid. */
function tellRenewals(): void {
  for (const told of terms.slice(-3)) {
    const { term, ended } = told;
    const { t, until } = deadline(term);
    if (until <= t) continue;
    if (ended) isValid(term);
    if (Math.abs(until - told.until) < 1) continue;
    told.until = until;
    history.write({ t, who, e: 'renew', term: tokenOf(term), until });
  }
}

function tellState(leadership: Leadership): void {
  const { state } = leadership;
  if (leadership.elected) {
    history.write({ t: now(), who, e: 'state', state, token: tokenOf(leadership.term) });
    return;
  }
  const ended = 'ended' in leadership ? leadership.ended : undefined;
  const error = 'error' in leadership ? leadership.error : undefined;
  history.write({
    t: now(),
    who,
    e: 'state',
    state,
    ...(ended && { reason: ended.reason, token: ended.token.toString() }),
    ...(error !== undefined && { error: nameOf(error) }),
  });
}

function nameOf(error: unknown): string {
  if (isLeadershipError(error)) return error.code;
  return error instanceof Error ? error.message : 'not an error';
}

function tellViews(): Subscription {
  return follow(store, key).subscribe(({ leader, stale }) => {
    history.write({ t: now(), who, e: 'view', token: leader?.token.toString(), stale });
    note(`sees ${leader?.id ?? 'nobody'}${stale ? ', stale' : ''}`);
  });
}

async function close(): Promise<void> {
  note('asked to close');
  await candidate.stop();
  await store.close();
  views?.unsubscribe();
  clearInterval(looking);
  register.end();
  process.stdin.destroy();
  note('closed');
  setTimeout(() => note(`left over: ${process.getActiveResourcesInfo().join()}`), 2_000).unref();
}

function obey(command: Command): void {
  const { term } = candidate;
  switch (command.do) {
    case 'start':
      candidate.start();
      return;
    case 'resign':
      if (!candidate.isLeader) return;
      note('asked to resign');
      void candidate.resign().then(() => note('resigned'));
      return;
    case 'stop':
      note('asked to stop');
      void candidate.stop().then(() => note('stopped'));
      return;
    case 'block':
      block(term, command.ms);
      if (term) writeToRegister(term);
      return;
    case 'clock':
      setWallClock(command.by);
      return;
    case 'close':
      void close();
      return;
    case 'reject':
      void Promise.reject(new Error('nobody handles this, as told'));
      return;
    case 'fail-unheard':
      void term?.waitUntil(Promise.reject(new Error('the work failed, as told')));
      return;
    case 'exit':
    case 'fail':
    case 'pause':
      if (term) next = command.do;
  }
}

register.on('error', () => undefined); // the test is over
candidate.leadership$.subscribe(tellState);
candidate.leadership$
  .pipe(whileLeader((term) => term.waitUntil(work(term)), { onError: 'resign' }))
  .subscribe();
const looking = setInterval(lookAtTerms, rhythm);
onCommand((command) => obey(command as Command));
const views = args.follow ? tellViews() : undefined;
if (!args.held) candidate.start();
