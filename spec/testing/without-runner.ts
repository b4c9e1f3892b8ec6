import { conformance } from '../../testing/index.js';
import { memoryStore, MemoryServer } from '../../stores/memory/index.js';

// No runner at all: whoever can call a function can run the suite. One line for each case.

type Case = () => Promise<void>;

const server = new MemoryServer();
const ttl = 2_000;
const together: Case[] = [];
const alone: Case[] = [];

const telling =
  (name: string, run: Case): Case =>
  async () => {
    const failed = (error: unknown) => `not ok ${name}: ${JSON.stringify(String(error))}`;
    console.log(await run().then(() => `ok ${name}`, failed));
  };

conformance({
  test: (name, run) => together.push(telling(name, run)),
  testAlone: (name, run) => alone.push(telling(name, run)),
  open: () => memoryStore({ server, ttl, latency: 1 }),
  ttl,
  manifest: { hold: ttl + 300 },
});

/** Many at a time, for most of them wait; not all, or they would wait for one another. */
const next = async (): Promise<void> => {
  for (let run = together.shift(); run !== undefined; run = together.shift()) await run();
};
await Promise.all(Array.from({ length: 12 }, next));
for (const run of alone) await run();
