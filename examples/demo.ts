// Three candidates and a follower, each with a store of its own as if it were a process of its own,
// on one server in memory: a leader is elected, resigns, is cut off, and is replaced each time.
import { setTimeout as sleep } from 'node:timers/promises';
import { exhaustMap, filter, firstValueFrom, timer } from 'rxjs';
import { Candidate, describeLeadership, follow, leaderChanges, whileLeader } from 'rx-leadership';
import type { Leadership, Term } from 'rx-leadership';
import { memoryStore, MemoryServer } from 'rx-leadership/stores/memory';

const key = 'service/jobs/leader';
const ttl = 2_000; // short, to keep the demo short
const server = new MemoryServer();
const open = (name: string) => memoryStore({ server, ttl, name });
const stores = { ann: open('ann'), bob: open('bob'), cleo: open('cleo'), eve: open('eve') };

const began = performance.now();
const colours: Readonly<Record<string, number>> = { ann: 36, bob: 35, cleo: 33, eve: 90 };

function say(who: string, what: string): void {
  const time = `${((performance.now() - began) / 1_000).toFixed(2)} s`.padStart(7);
  const line = `${time}  ${who.padEnd(5)} ${what}`;
  const colour = colours[who];
  const coloured = process.stdout.isTTY && colour !== undefined;
  console.log(coloured ? `\u001b[${colour}m${line}\u001b[0m` : line);
}

function tell(what: string): void {
  console.log(`\n--- ${what}`);
}

const terms: Term[] = [];

/** Says each change; at the start of a term, whether another one is valid at that instant. */
function report(who: string, leadership: Leadership): void {
  say(who, describeLeadership(leadership));
  if (leadership.state !== 'leading' || terms.includes(leadership.term)) return;
  const overlapping = terms.filter((term) => term.isValid());
  for (const { id, token } of overlapping) say(who, `BUG: ${id} leads too, with token ${token}`);
  if (overlapping.length > 0) process.exitCode = 1;
  terms.push(leadership.term);
}

/** Work that takes a while: the key is kept until a job that has begun is done. */
const jobs = (term: Term) =>
  timer(100, 500).pipe(exhaustMap((number) => term.waitUntil(job(term, number + 1))));

async function job({ id, token }: Term, number: number): Promise<void> {
  await sleep(300);
  say(id, `  job ${number} done, in the term with token ${token}`);
}

function run(id: 'ann' | 'bob' | 'cleo'): Candidate {
  const candidate = new Candidate(stores[id], key, id);
  candidate.leadership$.subscribe((leadership) => report(id, leadership));
  candidate.leadership$.pipe(whileLeader(jobs)).subscribe();
  return candidate.start();
}

const leads = (candidate: Candidate) =>
  firstValueFrom(candidate.elected$.pipe(filter((elected) => elected)), { defaultValue: false });

tell('ann, bob and cleo run for election; eve only follows');
follow(stores.eve, key)
  .pipe(leaderChanges())
  .subscribe(({ current }) => say('eve', `sees ${current?.id ?? 'nobody'} lead`));
const [ann, bob, cleo] = [run('ann'), run('bob'), run('cleo')];
await sleep(1_200);

tell('ann resigns: her job is finished first, then bob leads; she goes to the back of the queue');
await ann.resign();
await leads(bob);
await sleep(1_000);

tell('bob is cut off, as good as dead: he cannot know, but his clock tells him when to stop');
const bobsTerm = bob.term;
server.cut(stores.bob);
const over$ = bob.leadership$.pipe(filter(({ state }) => state === 'interrupted'));
await firstValueFrom(over$, { defaultValue: undefined });
const over = performance.now();
say('bob', `isValid() of his term: ${String(bobsTerm?.isValid())}; the server still waits for him`);
await leads(cleo);
const pause = performance.now() - over;
say('cleo', `her term began ${pause.toFixed()} ms after his had ended, by his own clock`);
await sleep(1_000);

tell('bob is back, and queues behind ann; cleo stops for good, and ann leads');
server.heal(stores.bob);
await cleo.stop();
await leads(ann);
await sleep(1_000);

tell('everybody leaves in order');
await Promise.all(Object.values(stores).map((store) => store.close()));
say('', `${terms.length} terms, tokens ${terms.map(({ token }) => String(token)).join(' < ')}`);
