import { onCommand, tell } from '../../spec/support/worker-process.js';
import { openSide, type BackendName, type SideName } from '../sides/index.js';

/** M6: so many candidates of one process in one election. Tells each that leads. */
const [on = '', url = '', side = '', key = '', count = ''] = process.argv.slice(2);
const open = openSide(on as BackendName, side as SideName, { url, ttl: 15_000 });
await open.warm();
const candidacies = Array.from({ length: Number(count) }, (_, n) =>
  open.campaign(key, `${process.pid}-${n}`, () => tell('elected')),
);
tell('running');
onCommand(() => {
  for (const candidacy of candidacies) void candidacy.leave();
});
