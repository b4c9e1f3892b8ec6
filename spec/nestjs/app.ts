import 'reflect-metadata';
import {
  Controller,
  Get,
  Injectable,
  Module,
  UseGuards,
  type INestApplication,
} from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { Cron, Interval, ScheduleModule } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { finalize, NEVER, type Observable } from 'rxjs';
import { afterEach } from 'vitest';
import type { Leadership, LeadershipStore, LeaderView, Term } from '../../index.js';
import {
  Elections,
  InjectElection,
  InjectFollower,
  leaderGuard,
  LeaderOnly,
  LeadershipModule,
  OnElected,
  OnRevoked,
  WhileLeader,
} from '../../nestjs/index.js';
import type { FakeElections } from '../../nestjs/testing/index.js';

export const key = 'service/reports';
export const apps: INestApplication[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

@Injectable()
export class Reports {
  readonly calls: string[] = [];
  readonly leadership$: Observable<Leadership>;
  readonly view$: Observable<LeaderView>;

  constructor(
    @InjectElection(key) leadership$: Observable<Leadership>,
    @InjectFollower(key) view$: Observable<LeaderView>,
  ) {
    this.leadership$ = leadership$;
    this.view$ = view$;
  }

  @LeaderOnly(key)
  @Cron('* * * * * *')
  cronBelow() {
    this.calls.push('cron below');
  }

  @Cron('* * * * * *')
  @LeaderOnly(key)
  cronAbove() {
    this.calls.push('cron above');
  }

  @Interval(100)
  @LeaderOnly(key)
  interval() {
    this.calls.push('interval');
  }

  @LeaderOnly(key)
  @EventPattern('order')
  order(id: number) {
    return `order ${id}`;
  }

  @OnElected(key)
  elected({ token }: Term) {
    this.calls.push(`elected ${token}`);
  }

  @OnRevoked(key)
  revoked({ token }: Term) {
    this.calls.push(`revoked ${token}`);
  }

  @WhileLeader(key)
  work(term: Term) {
    this.calls.push(`begins ${term.token}`);
    return NEVER.pipe(finalize(() => this.calls.push(`ends ${term.token}`)));
  }
}

@Controller()
class Page {
  @Get('where')
  @UseGuards(leaderGuard(key, { redirectTo: ['http://leader.example:8080'] }))
  where() {
    return 'here';
  }
}

/** An application that uses everything. */
export function moduleOf(store: LeadershipStore, data?: string) {
  @Module({
    imports: [
      ScheduleModule.forRoot(),
      LeadershipModule.forRoot({ store, id: 'me', data }),
      LeadershipModule.forFeature([{ key }]),
    ],
    providers: [Reports],
    controllers: [Page],
  })
  class App {}
  return App;
}

export async function start(module: ReturnType<typeof moduleOf>, fake?: FakeElections) {
  let builder = Test.createTestingModule({ imports: [module] });
  if (fake) builder = builder.overrideProvider(Elections).useValue(fake);
  const app = (await builder.compile()).createNestApplication({ logger: false });
  apps.push(app);
  await app.init();
  return app;
}
