import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { filter, firstValueFrom } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { campaign } from '../../index.js';
import { Elections, LeadershipHealth, LeadershipModule, OnElected } from '../../nestjs/index.js';
import { FakeElections } from '../../nestjs/testing/index.js';
import { MemoryServer, memoryStore } from '../../stores/memory/index.js';
import { eventually } from '../support/eventually.js';
import { apps, key, moduleOf, Reports, start } from './app.js';

describe('an application of which a test moves the leadership', () => {
  it('does what is for the leader only while it leads, whatever the order of decorators', async () => {
    const fake = new FakeElections();
    const app = await start(moduleOf(memoryStore()), fake);
    const reports = app.get(Reports);
    expect(reports.order(1)).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(reports.calls).toEqual([]);
    fake.lead(key);
    expect(reports.order(2)).toBe('order 2');
    await eventually(() =>
      ['cron below', 'cron above', 'interval'].every((each) => reports.calls.includes(each)),
    );
    fake.lose(key);
    const before = reports.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(reports.calls).toHaveLength(before);
    expect(reports.calls.filter((each) => /\d/.test(each))).toEqual([
      'elected 1',
      'begins 1',
      'ends 1',
      'revoked 1',
    ]);
  });

  it('keeps the metadata, the name and the length of what it wraps', () => {
    const { order } = Reports.prototype;
    expect([order.name, order.length]).toEqual(['order', 1]);
    expect(Reflect.getMetadataKeys(order)).toContain('microservices:pattern');
  });

  it('is up as a follower and as a leader, and down when its leadership was lost', async () => {
    const fake = new FakeElections();
    const app = await start(moduleOf(memoryStore()), fake);
    const health = app.get(LeadershipHealth);
    expect(await health.isHealthy(key)).toMatchObject({ [key]: { status: 'up', elected: false } });
    fake.lead(key);
    expect(await health.isHealthy(key)).toMatchObject({ [key]: { status: 'up', elected: true } });
    fake.lose(key, new Error('gone'));
    await expect(health.isHealthy(key)).rejects.toMatchObject({
      isHealthCheckError: true,
      causes: { [key]: { status: 'down', degraded: true } },
    });
  });
});

describe('an application on a store', () => {
  it('joins when it is up, and releases the leadership before it goes down', async () => {
    const server = new MemoryServer();
    const app = await start(moduleOf(memoryStore({ server })));
    const reports = app.get(Reports);
    await firstValueFrom(reports.leadership$.pipe(filter(({ elected }) => elected)));
    await firstValueFrom(reports.view$.pipe(filter(({ leader }) => leader?.id === 'me')));
    const other$ = campaign(memoryStore({ server }), { key, id: 'other' });
    const states: string[] = [];
    const other = other$.subscribe(({ state }) => states.push(state));
    await eventually(() => states.includes('waiting'));
    await app.close();
    apps.length = 0;
    await eventually(() => states.includes('leading'));
    expect(reports.calls.slice(-2).sort()).toEqual(['ends 1', 'revoked 1']);
    other.unsubscribe();
  });

  it('says at the start that there is no such election', async () => {
    @Injectable()
    class Lost {
      @OnElected('nowhere')
      never() {
        return undefined;
      }
    }
    @Module({ imports: [LeadershipModule.forRoot({ store: memoryStore() })], providers: [Lost] })
    class App {}
    const module = await Test.createTestingModule({ imports: [App] }).compile();
    await expect(module.createNestApplication({ logger: false }).init()).rejects.toThrow(
      'there is no election "nowhere"',
    );
  });

  it('takes its options and keys from other providers', async () => {
    const config = Symbol('config');
    @Module({
      providers: [{ provide: config, useValue: { key: 'from/config' } }],
      exports: [config],
    })
    class Config {}
    @Module({
      imports: [
        LeadershipModule.forRootAsync({
          useFactory: () => Promise.resolve({ store: 'memory://' }),
        }),
        LeadershipModule.forFeatureAsync({
          name: 'jobs',
          imports: [Config],
          inject: [config],
          useFactory: (given: { key: string }) => ({ key: given.key }),
        }),
      ],
    })
    class App {}
    const app = (
      await Test.createTestingModule({ imports: [App] }).compile()
    ).createNestApplication({
      logger: false,
    });
    apps.push(app);
    await app.init();
    const election = app.get(Elections).get('jobs');
    await firstValueFrom(election.leadership$.pipe(filter(({ elected }) => elected)));
    expect(election.term?.key).toBe('from/config');
  });

  it('warns when a signal would end it without releasing anything', async () => {
    const listeners = process.listeners('SIGTERM');
    process.removeAllListeners('SIGTERM');
    const warn = vi.fn();
    const logger = { log: vi.fn(), error: vi.fn(), warn };
    const app = (
      await Test.createTestingModule({ imports: [moduleOf(memoryStore())] }).compile()
    ).createNestApplication({ logger });
    apps.push(app);
    await app.init();
    await eventually(() =>
      warn.mock.calls.flat().some((text) => /enableShutdownHooks/.test(String(text))),
    );
    for (const listener of listeners) process.on('SIGTERM', listener);
  });
});
