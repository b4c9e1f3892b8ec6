// Numbers and lines of an election, for those who are on call.
import * as client from 'prom-client';
import { setTimeout as sleep } from 'node:timers/promises';
import { campaign, follow, logLeadership } from 'rx-leadership';
import { instrument, instrumentView, prometheus } from 'rx-leadership/metrics';
import { memoryStore } from 'rx-leadership/stores/memory';

const key = 'service/jobs/leader';
const store = memoryStore();

// #region metrics
const meters = prometheus(client, client.register);
const labels = { name: key, store: store.name };
campaign(store, { key, id: 'ann' })
  .pipe(instrument(meters, labels), logLeadership(console, key))
  .subscribe();
follow(store, key).pipe(instrumentView(meters, labels)).subscribe();
// #endregion

await sleep(200);
const lines = (await client.register.metrics()).split('\n');
for (const line of lines)
  if (/^(leader_election|rx_leadership_(terms|vacant))/.test(line)) console.log(line);
await store.close();
