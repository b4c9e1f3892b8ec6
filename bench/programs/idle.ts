import { onCommand, tell } from '../../spec/support/worker-process.js';
import { openSide, type BackendName, type SideName } from '../sides/index.js';
import { median } from '../statistics.js';

/** M5: holds so many elections and does nothing else. Tells its CPU time, in ms per second. */
const [on = '', url = '', side = '', elections = '', ttl = ''] = process.argv.slice(2);
const open = openSide(on as BackendName, side as SideName, { url, ttl: Number(ttl) });

const count = Number(elections);
const atOnce = 100;
for (let held = 0; held < count; held += atOnce) {
  const batch = Array.from({ length: Math.min(atOnce, count - held) }, (_, index) => held + index);
  await Promise.all(batch.map((each) => hold(`idle/${each}`)));
}
tell('held');

/** In slices, since a single garbage collection would outweigh all the rest. */
const slice = 5_000;
const slices: number[] = [];
let timer: NodeJS.Timeout | undefined;

onCommand((command) => {
  if (command === 'begin') timer = everySlice();
  if (command !== 'end') return;
  clearInterval(timer);
  tell({ cpu: median(slices) });
});

function everySlice(): NodeJS.Timeout {
  let before = process.cpuUsage();
  return setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    slices.push((user + system) / slice); // microseconds per millisecond: milliseconds per second
  }, slice);
}

function hold(key: string): Promise<void> {
  return new Promise((elected) => {
    open.campaign(key, 'me', elected);
  });
}
