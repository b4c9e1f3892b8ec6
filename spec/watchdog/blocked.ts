// Leads, and then blocks its event loop for longer than its lease.
import { campaign } from '../../lib/index.js';
import { localStore } from '../../stores/local/index.js';
import { watchdog } from '../../watchdog/index.js';

const [directory = '', ttl = '', action = '', blocked = ''] = process.argv.slice(2);
const store = localStore({ directory, ttl: Number(ttl) });

campaign(store, { key: 'blocked', id: 'sleeper' })
  .pipe(watchdog({ action: action as 'kill' | 'report' }))
  .subscribe(({ elected, state }) => {
    console.log(state);
    if (elected) setTimeout(block, 300);
  });

function block(): void {
  console.log('blocks');
  const until = performance.now() + Number(blocked);
  while (performance.now() < until);
  console.log('awake');
}
