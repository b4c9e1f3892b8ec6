import { onCommand, tell } from '../../spec/support/worker-process.js';
import { sides, type SideName } from '../sides/index.js';

/** M5: holds so many elections and does nothing else. Tells the CPU time it used, when asked. */
const [url = '', side = '', elections = '', ttl = ''] = process.argv.slice(2);
const open = sides[side as SideName]({ url, ttl: Number(ttl) });

const count = Number(elections);
const atOnce = 100;
for (let held = 0; held < count; held += atOnce) {
  const batch = Array.from({ length: Math.min(atOnce, count - held) }, (_, index) => held + index);
  await Promise.all(batch.map((each) => hold(`idle/${each}`)));
}
tell('held');

let before = process.cpuUsage();
onCommand(() => {
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  tell({ cpu: (user + system) / 1_000 });
});

function hold(key: string): Promise<void> {
  return new Promise((elected) => {
    open.campaign(key, 'me', elected);
  });
}
