import { Follower } from 'rx-leadership';
import { openStore } from 'rx-leadership/stores';

/**
 * The follower of docker/leadership's README, with its fault tolerance, on any store:
 * `tsx examples/original/follower.ts etcd://127.0.0.1:2379`
 */
const [, , url = 'memory://here'] = process.argv;

// #region follower
const store = await openStore(url); // etcd://…, consul://… or zk://…
const follower = new Follower(store, 'service/swarm/leader');

// Also before anybody has run for the first time, and through any trouble with the store.
follower.leader$.subscribe((leader) => console.log(`the leader is ${leader?.id ?? 'nobody'}`));
// #endregion

process.once('SIGTERM', () => void leave());
process.once('SIGINT', () => void leave());

async function leave() {
  follower.stop();
  await store.close();
}
