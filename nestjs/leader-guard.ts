import {
  HttpException,
  HttpStatus,
  Inject,
  Injectable,
  ServiceUnavailableException,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { filter, firstValueFrom, map, timeout } from 'rxjs';
import { Elections } from './elections.js';

export interface LeaderGuardOptions {
  /**
   * Sends requests on (307) to the address that is the leader's `data`, if its origin is one of
   * these. Whoever can write to the store says what that address is, hence the list. Default: none.
   */
  readonly redirectTo?: readonly string[] | undefined;
}

/** For how long to look for the leader, in milliseconds. */
const patience = 1_000;

interface Request {
  readonly url: string;
  readonly originalUrl?: string;
}

interface Response {
  header(name: string, value: string): unknown;
}

/**
 * Lets requests pass only where this process leads. Elsewhere: 503 with `Retry-After`, or 307 to the
 * leader.
 *
 * @example
 * UseGuards(leaderGuard('service/reports', { redirectTo: ['http://10.0.0.5:3000'] }))
 * @param name The election, of `forFeature`.
 */
export function leaderGuard(
  name: string,
  { redirectTo = [] }: LeaderGuardOptions = {},
): Type<CanActivate> {
  class LeaderGuard implements CanActivate {
    readonly elections!: Elections;

    async canActivate(context: ExecutionContext): Promise<boolean> {
      const election = this.elections.get(name);
      if (election.isLeader) return true;
      const http = context.switchToHttp();
      const response = http.getResponse<Response>();
      const address = redirectTo.length === 0 ? undefined : await addressOf(election.view$);
      const target = address && targetOf(address, http.getRequest<Request>(), redirectTo);
      if (target === undefined) {
        response.header('Retry-After', '1');
        throw new ServiceUnavailableException(`this process does not lead ${name}`);
      }
      response.header('Location', target);
      throw new HttpException('the leader answers this', HttpStatus.TEMPORARY_REDIRECT);
    }
  }
  Inject(Elections)(LeaderGuard.prototype, 'elections');
  Injectable()(LeaderGuard);
  return LeaderGuard;
}

function addressOf(view$: ReturnType<Elections['get']>['view$']): Promise<string | undefined> {
  const known$ = view$.pipe(
    filter(({ stale }) => !stale),
    map(({ leader }) => leader?.data),
    timeout(patience),
  );
  return firstValueFrom(known$, { defaultValue: undefined }).catch(() => undefined);
}

/** The same path and query at the leader, if that is one of those that were allowed. */
function targetOf(
  address: string,
  { url, originalUrl = url }: Request,
  allowed: readonly string[],
): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { origin } = new URL(address);
  if (!allowed.some((each) => URL.canParse(each) && new URL(each).origin === origin))
    return undefined;
  return originalUrl.startsWith('/') ? `${origin}${originalUrl}` : undefined;
}
