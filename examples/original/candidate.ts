import { Candidate, describeLeadership } from 'rx-leadership';
import { openStore } from 'rx-leadership/stores';

/**
 * The candidate of docker/leadership's README, with its fault tolerance, on any store:
 * `tsx examples/original/candidate.ts etcd://127.0.0.1:2379 underwood`
 */
const [, , url = 'memory://here', id = 'underwood'] = process.argv;

// #region candidate
const store = await openStore(url); // etcd://…, consul://… or zk://…
const candidate = new Candidate(store, 'service/swarm/leader', id);

candidate.elected$.subscribe((elected) => {
  console.log(elected ? `${id} leads: do what leaders do` : `${id} does not lead`);
});
// What the original asks you to write as a loop with a pause, a candidate does by itself.
candidate.leadership$.subscribe((leadership) => console.log(describeLeadership(leadership)));
candidate.start();
// #endregion

process.once('SIGTERM', () => void leave());
process.once('SIGINT', () => void leave());

async function leave() {
  await candidate.stop(); // in order: the work ends, then the key is given back
  await store.close();
}
