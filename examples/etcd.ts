import { filter, firstValueFrom } from 'rxjs';
import { campaign, describeLeadership, elected } from 'rx-leadership';
import { openStore } from 'rx-leadership/stores';

// #region etcd
const store = await openStore(process.argv[2] ?? 'etcd://127.0.0.1:2379?ttl=10000');
const campaign$ = campaign(store, { key: 'service/jobs/leader', id: `process-${process.pid}` });
campaign$.subscribe((leadership) => console.log(describeLeadership(leadership)));
// #endregion

await firstValueFrom(campaign$.pipe(elected(), filter(Boolean)), { defaultValue: false });
await store.close(); // the term ends, its work drains, the key is given back
