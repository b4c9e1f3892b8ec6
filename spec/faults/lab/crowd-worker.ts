import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { Candidate, whileLeader, type LeadershipStore, type Term } from '../../../index.js';
import { openStore } from '../../../stores/index.js';
import { candidateOptions } from '../candidate-options.js';
import { HistoryWriter, now } from '../history.js';
import { Observable } from 'rxjs';

// Many candidates of one election in one process, with a few sessions. Whoever of them leads writes
// once, and resigns. Says on its output when all of them wait.

const { values: args } = parseArgs({
  options: {
    ...candidateOptions,
    count: { type: 'string', default: '300' },
  },
});

const { key } = args;
const history = new HistoryWriter(args.history);
const register = connect(args.register);
const stores = await Promise.all(Array.from({ length: 10 }, () => openStore(args.store)));
const joined = new Set<string>();

function work(who: string, term: Term): Observable<never> {
  return new Observable<never>((out) => {
    const token = term.token.toString();
    const t = now();
    history.write({ t, who, e: 'start', term: token, token, until: t + term.remaining() });
    const before = now();
    if (term.isValid()) {
      history.write({ t: before, who, e: 'probe', term: token, valid: true });
      register.write(`${JSON.stringify({ who, token })}\n`);
    }
    term.signal.addEventListener('abort', () => out.complete());
    term.resign();
    return () => history.write({ t: now(), who, e: 'end', term: token });
  });
}

function enter(store: LeadershipStore, id: string): void {
  const who = `${id}@${process.pid}`;
  const candidate = new Candidate(store, key, id);
  candidate.leadership$.subscribe(({ state }) => {
    if (state !== 'waiting') return;
    joined.add(id);
    if (joined.size === Number(args.count)) process.stdout.write('all of them wait\n');
  });
  candidate.leadership$
    .pipe(whileLeader((term) => term.waitUntil(work(who, term))))
    .subscribe({ error: () => undefined });
  candidate.start();
}

register.on('error', () => undefined); // the laboratory is over
for (let n = 0; n < Number(args.count); n += 1)
  enter(stores[n % stores.length]!, `${args.id}-${n}`);
