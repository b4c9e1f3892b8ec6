import { firstValueFrom } from 'rxjs';
import type { Leadership } from '../lib/index.js';
import type { Elections } from './elections.js';

/** What a health check of terminus returns. */
export type HealthResult = Readonly<
  Record<string, { readonly status: 'up' } & Readonly<Record<string, unknown>>>
>;

/**
 * A health indicator, for readiness: an outage of the store should take a process out of service, and
 * never restart all of them.
 *
 * @example
 * this.health.check([() => this.leadership.isHealthy('service/reports')]);
 */
export class LeadershipHealth {
  readonly #elections: Elections;

  constructor(elections: Elections) {
    this.#elections = elections;
  }

  /**
   * Who leads is up, and so is who follows. A leader whose renewal is overdue is up and `degraded`;
   * one that has lost its term for trouble is down, as terminus understands it: it throws.
   */
  async isHealthy(name: string): Promise<HealthResult> {
    const leadership = await firstValueFrom(this.#elections.get(name).leadership$, {
      defaultValue: joining,
    });
    const { elected, state } = leadership;
    const degraded = state === 'suspended' || state === 'interrupted';
    const about = { elected, state, degraded };
    if (state !== 'interrupted' || leadership.ended === undefined)
      return { [name]: { status: 'up', ...about } };
    throw Object.assign(new Error(`${name}: the leadership was lost, and is not back`), {
      isHealthCheckError: true,
      causes: { [name]: { status: 'down', ...about } },
    });
  }
}

const joining: Leadership = { elected: false, state: 'joining' };
