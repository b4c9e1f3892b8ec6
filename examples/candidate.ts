import { filter, firstValueFrom } from 'rxjs';
import { Candidate, Follower } from 'rx-leadership';
import { memoryStore } from 'rx-leadership/stores/memory';

const store = memoryStore();

// #region candidate
const candidate = new Candidate(store, 'service/jobs/leader', 'underwood', { cooldown: 1_000 });
candidate.elected$.subscribe((leads) => console.log(leads ? 'begin' : 'end'));
candidate.start(); // runs until stop(), whoever listens

const follower = new Follower(store, 'service/jobs/leader');
follower.leader$.subscribe((leader) => console.log(`leader: ${leader?.id ?? 'nobody'}`));
// #endregion

await firstValueFrom(candidate.elected$.pipe(filter(Boolean)), { defaultValue: false });

// #region resign
if (candidate.isLeader) await candidate.resign(); // throws `not-leading` where it does not lead
await candidate.stop(); // from any state; resolves when the claim is given back
follower.stop();
// #endregion

await store.close();
