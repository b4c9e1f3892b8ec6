// A service in several copies: one of them writes reports, and each answers by the one that does.
import { Controller, Get, Inject, Injectable, Module, UseGuards } from '@nestjs/common';
import { Cron, ScheduleModule } from '@nestjs/schedule';
import type { Term } from 'rx-leadership';
import {
  leaderGuard,
  LeaderOnly,
  LeadershipModule,
  OnElected,
  OnRevoked,
} from 'rx-leadership/nestjs';

export const {
  STORE = 'file:///tmp/rx-leadership-example',
  ADDRESS = '',
  PEERS = '',
} = process.env;
const reports = 'service/reports';

// #region service
@Injectable()
export class Reports {
  #written = 0;

  get written(): number {
    return this.#written;
  }

  @Cron('* * * * * *') // each second, in each copy
  @LeaderOnly(reports) // but only the leader does it
  write() {
    this.#written += 1;
    console.log(`report ${this.#written}`);
  }

  @OnElected(reports)
  begin({ token }: Term) {
    console.log(`leads with token ${token}`);
  }

  @OnRevoked(reports)
  end() {
    console.log('does not lead any more');
  }
}
// #endregion

// #region controller
@Controller()
export class ReportsController {
  readonly #reports: Reports;

  constructor(@Inject(Reports) service: Reports) {
    this.#reports = service;
  }

  @Get()
  @UseGuards(leaderGuard(reports, { redirectTo: PEERS.split(',') })) // 307 to the leader
  count() {
    return { leader: ADDRESS, written: this.#reports.written };
  }
}
// #endregion

// #region module
@Module({
  imports: [
    ScheduleModule.forRoot(),
    LeadershipModule.forRoot({ store: STORE, data: ADDRESS }),
    LeadershipModule.forFeature([{ key: reports }]),
  ],
  providers: [Reports],
  controllers: [ReportsController],
})
export class AppModule {}
// #endregion
