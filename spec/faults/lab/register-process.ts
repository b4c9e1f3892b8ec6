import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { HistoryWriter, now } from '../history.js';

/**
 * A resource with fencing, in a process of its own that no fault strikes: it refuses whoever has a
 * smaller token than somebody before. Each line that it is sent is a write, `{ who, token }`.
 */
const [path = '', historyFile = ''] = process.argv.slice(2);
const history = new HistoryWriter(historyFile);
let highest = -1n;

createServer((socket) => {
  socket.on('error', () => undefined); // the writer was killed
  createInterface({ input: socket }).on('line', (line) => {
    const { who, token } = JSON.parse(line) as { who: string; token: string };
    const ok = BigInt(token) >= highest;
    if (ok) highest = BigInt(token);
    history.write({ t: now(), who, e: 'write', token, ok });
  });
}).listen(path, () => process.stdout.write('{}\n'));
