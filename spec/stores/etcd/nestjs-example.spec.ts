import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Child } from '../../support/child.js';
import { EtcdServer } from '../../support/etcd-server.js';
import { eventually } from '../../support/eventually.js';
import { reservePort, type ReservedPort } from '../../support/ports.js';

const program = fileURLToPath(new URL('../../../examples/nestjs/main.ts', import.meta.url));
const copies: Child[] = [];
const ports: ReservedPort[] = [];
let server: EtcdServer;

beforeAll(async () => {
  server = await EtcdServer.start();
});
afterEach(async () => {
  await Promise.all(copies.splice(0).map((copy) => copy.kill()));
  for (const port of ports.splice(0)) port.release();
});
afterAll(() => server.stop());

const leads = (copy: Child) =>
  copy.lines.filter((line) => / leads|leads with/.test(line)).length >
  copy.lines.filter((line) => line.startsWith('does not')).length;

it(
  'examples/nestjs: one copy of three reports, all answer by it, and another one goes on when it is told to end',
  { timeout: 90_000 },
  async () => {
    for (let n = 0; n < 3; n += 1) ports.push(await reservePort());
    const addresses = ports.map(({ port }) => `http://127.0.0.1:${port}`);
    const STORE = `${server.url.replace('http', 'etcd')}?ttl=5000`;
    for (const ADDRESS of addresses) {
      const env = { ...process.env, STORE, ADDRESS, PEERS: addresses.join(',') };
      copies.push(new Child(process.execPath, ['--import', 'tsx', program], { env }));
    }
    for (const copy of copies)
      await copy.until('listens', () => copy.lines.includes('listens'), 30_000);
    await eventually(() => copies.filter(leads).length === 1, { within: 10_000 });
    const first = copies.findIndex(leads);
    await eventually(() => copies[first]!.lines.includes('report 2'), { within: 10_000 });
    for (const address of addresses) {
      const answer = await fetch(address);
      expect(await answer.json()).toMatchObject({ leader: addresses[first] });
    }
    const others = copies.filter((_, index) => index !== first);
    expect(
      others.flatMap(({ lines }) => lines.filter((line) => line.startsWith('report'))),
    ).toEqual([]);

    const told = performance.now();
    copies[first]!.signal('SIGTERM');
    await eventually(() => others.some(leads), { within: 10_000 });
    expect(performance.now() - told).toBeLessThan(4_000); // not the ttl: it was released
    await copies[first]!.exited;
    expect(copies[first]!.lines.at(-1)).toBe('does not lead any more');
  },
);
