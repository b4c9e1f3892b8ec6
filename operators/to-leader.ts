import { defer, distinctUntilChanged, endWith, of, startWith, switchMap } from 'rxjs';
import type { ObservableInput, OperatorFunction } from 'rxjs';
import type { KeyState, LeaderRecord } from '../lib/contract.js';
import { presentLeader } from './present-leader.js';

/**
 * Keeps a connection to whoever leads.
 *
 *     view          --v--A--a--B-----v--|     v vacant, a A again, but stale; A, B terms
 *     connect(A)         -x-----                x, y what they emit: the connection
 *     connect(B)               ---y--!
 *     result        --u---x----u--y--u--|     u undefined: nobody to send to
 *
 * - Subscribes to `connect(leader)` once per term, with the id and the data of the leader's
 *   candidate, and emits what it emits; unsubscribes when another term begins or nobody leads, which
 *   must close the connection. A view that turns stale keeps it.
 * - Emits `undefined` whenever there is nobody to send to: vacant, or not connected yet.
 * - An Observable that completes after it has emitted (`of(client)`) is a connection that needs no
 *   closing.
 * - Completes with the view. Errors with the view and with `connect`: a leader that died is
 *   often known for as long as its lease runs, so let `connect` try again by itself (`retry`).
 *
 * @example
 * const leader$ = follow(store, key).pipe(toLeader(({ data }) => of(new Client(data))));
 * requests$.pipe(sendToLeader(leader$, (client, request) => client.post(request)));
 * @see {@link sendToLeader} which sends requests by it.
 * @param connect Makes the connection; called once per term.
 * @returns A function that turns views of an election into connections.
 */
export function toLeader<Connection>(
  connect: (leader: LeaderRecord) => ObservableInput<Connection>,
): OperatorFunction<Pick<KeyState, 'leader'>, Connection | undefined> {
  const none: Connection | undefined = undefined;
  return (view$) =>
    view$.pipe(
      presentLeader(),
      endWith(undefined), // switchMap alone would let the connection outlive the view
      switchMap((leader) =>
        leader === undefined ? of(none) : defer(() => connect(leader)).pipe(startWith(none)),
      ),
      distinctUntilChanged(),
    );
}
