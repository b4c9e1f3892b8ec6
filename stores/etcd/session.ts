import { momentOf, type Clock } from '../../lib/clock.js';
import { SessionLease } from '../../lib/lease.js';
import { requestLimit, Session, type SessionDriver } from '../shared/session.js';
import type { Connection } from './connection.js';
import { failures } from './failures.js';
import { Renewal } from './renewal.js';

/** What sessions need to know of their store. */
export interface SessionSettings {
  readonly clock: Clock;
  /** The safety margin for a granted ttl. */
  readonly margin: (ttl: number) => number;
}

/** A lease of etcd. */
export interface EtcdSession extends SessionDriver {
  /** Decimal, as the npm client writes it: 19 digits are too many for a number. */
  readonly id: string;
  /** In the form that other programs write into keys. */
  readonly hex: string;
}

/** Has a lease granted, and renews it from then on. */
export async function openSession(
  connection: Connection,
  ttl: number,
  { clock, margin }: SessionSettings,
): Promise<Session<EtcdSession>> {
  let sent = momentOf(clock);
  const what = 'grant a lease';
  const { ID: id, TTL } = await connection.call(what, requestLimit(ttl), (client, options) => {
    sent = momentOf(clock); // waiting for a connection does not count
    return client.leaseClient.leaseGrant({ TTL: Math.ceil(ttl / 1_000) }, options);
  });
  const granted = Number(TTL) * 1_000;
  const timing = { ttl: granted, margin: margin(granted), gap: granted / 2 };
  const { scheduler } = connection;
  const lease = new SessionLease(timing, sent, clock, scheduler);
  return new Session<EtcdSession>({
    ...{ failures, scheduler, lease },
    drive: (gone) => {
      const renewal = new Renewal(connection, lease, { id, granted: sent, clock }, gone);
      return {
        id,
        hex: BigInt(id).toString(16),
        stopRenewing: () => renewal.stop(),
        destroy: async () => {
          await connection.call('revoke a lease', requestLimit(granted), (client, options) =>
            client.leaseClient.leaseRevoke({ ID: id }, options),
          );
        },
      };
    },
  });
}
