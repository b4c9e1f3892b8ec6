import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Elections } from '../../nestjs/index.js';
import { FakeElections } from '../../nestjs/testing/index.js';
import { memoryStore } from '../../stores/memory/index.js';
import { apps, key, moduleOf } from './app.js';

describe.each(['express', 'fastify'])('a guarded page on %s', (adapter) => {
  async function listen(fake: FakeElections): Promise<string> {
    const builder = Test.createTestingModule({ imports: [moduleOf(memoryStore())] })
      .overrideProvider(Elections)
      .useValue(fake);
    const module = await builder.compile();
    const app: INestApplication =
      adapter === 'fastify'
        ? module.createNestApplication(new FastifyAdapter(), { logger: false })
        : module.createNestApplication({ logger: false });
    apps.push(app);
    await app.listen(0, '127.0.0.1');
    const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
    return `http://127.0.0.1:${port}/where?now=1`;
  }

  it('answers where this process leads, else sends on to the leader, or says that it cannot', async () => {
    const fake = new FakeElections();
    const url = await listen(fake);
    const ask = () => fetch(url, { redirect: 'manual' });
    const refused = await ask();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    fake.leads(key, { id: 'other', data: 'http://leader.example:8080' });
    const sent = await ask();
    expect([sent.status, sent.headers.get('location')]).toEqual([
      307,
      'http://leader.example:8080/where?now=1',
    ]);
    fake.leads(key, { id: 'other', data: 'http://evil.example' });
    expect((await ask()).status).toBe(503);
    fake.lead(key);
    expect(await (await ask()).text()).toBe('here');
  });
});
