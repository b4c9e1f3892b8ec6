import { filter, Subject } from 'rxjs';
import { campaign, type Term } from '../../../lib/index.js';
import { localStore } from '../../../stores/local/index.js';
import { afterEachStep } from './steps.js';

/**
 * The life of a candidate in a process that dies after so many changes of its directory: it leads,
 * renews its session, resigns, leads again, and closes its store. Prints its tokens, each step that
 * it survives, and `done`.
 */
const [, , directory = '', mortal = ''] = process.argv;
const ttl = 2_000;
let steps = 0;
let first: Term | undefined;

afterEachStep(directory, (step) => {
  steps += 1;
  if (steps === Number(mortal)) process.kill(process.pid, 'SIGKILL');
  console.log(step);
  if (step === 'rename') first?.resign(); // its session was renewed
});

const store = localStore({ directory, ttl });
const stop$ = new Subject<void>();
const leadership$ = campaign(store, { key: 'steps', id: 'mortal', until: stop$, cooldown: 0 });
leadership$.pipe(filter(({ state }) => state === 'leading')).subscribe({
  next: (leadership) => {
    if (!leadership.elected) return;
    console.log(`token ${leadership.term.token}`);
    if (first === undefined) first = leadership.term;
    else if (leadership.term !== first) stop$.next();
  },
  complete: () => void store.close().then(() => console.log('done')),
});
