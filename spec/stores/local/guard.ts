// Leads, with a child in a process group of its own that outlives it. Prints the child's number.
import { spawn } from 'node:child_process';
import { campaign } from '../../../lib/index.js';
import { listProcessGroup, localStore } from '../../../stores/local/index.js';

const [directory = '', ttl = ''] = process.argv.slice(2);
const store = localStore({ directory, ttl: Number(ttl) });
let begun = false;

campaign(store, { key: 'guarded', id: 'guard' }).subscribe(({ elected }) => {
  if (!elected || begun) return;
  begun = true;
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  void listProcessGroup(store, child.pid!).then(() => console.log(child.pid));
});
