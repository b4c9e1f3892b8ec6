import { isLeadershipError } from '../../lib/errors.js';
import type {
  ClaimRequest,
  ClaimState,
  Contender,
  KeyState,
  Lease,
  LeadershipStore,
} from '../../lib/contract.js';
import { eventually } from '../support/eventually.js';

/** Everything that a subscription to `lock` brought. */
export interface LockRecord {
  readonly states: ClaimState[];
  /** Codes. */
  readonly errors: string[];
  readonly messages: string[];
  readonly outcomes: string[];
  /** Of the last `held`. */
  readonly token: bigint | undefined;
  readonly held: boolean;
  leave(): void;
}

export function lock(
  store: LeadershipStore,
  key: string,
  id: string,
  request: Partial<ClaimRequest> = {},
  told: (state: ClaimState) => void = () => undefined,
): LockRecord {
  const states: ClaimState[] = [];
  const errors: string[] = [];
  const messages: string[] = [];
  const outcomes: string[] = [];
  const subscription = store
    .lock(key, { id, ...request, settled: ({ outcome }) => outcomes.push(outcome) })
    .subscribe({
      next: (state) => {
        states.push(state);
        told(state);
      },
      error: (error: unknown) => {
        errors.push(codeOf(error));
        messages.push(String(error));
      },
    });
  claims.add(() => subscription.unsubscribe());
  const held = () => states.find((state) => state.status === 'held');
  return {
    states,
    errors,
    messages,
    outcomes,
    get token() {
      return held()?.token;
    },
    get held() {
      return held() !== undefined && errors.length === 0;
    },
    leave: () => subscription.unsubscribe(),
  };
}

/** That with which it leads, once it does. */
export async function leaseOf(record: LockRecord): Promise<Lease> {
  const held = await eventually(
    () => record.states.find((state) => state.status === 'held') ?? false,
  );
  return held.lease;
}

function codeOf(error: unknown): string {
  return isLeadershipError(error) ? error.code : String(error);
}

/** Every claim that is not given up yet. */
const claims = new Set<() => void>();

/** Gives up every claim that was made here. */
export function leaveAll(): void {
  for (const leave of claims) leave();
  claims.clear();
}

/** What `watch` shows, as `id`, `-` while vacant, with `?` when stale, `!code` for an error. */
export function watch(store: LeadershipStore, key: string): string[] {
  const shown: string[] = [];
  const text = ({ leader, stale }: KeyState) => `${leader?.id ?? '-'}${stale ? '?' : ''}`;
  store.watch(key).subscribe({
    next: (state) => shown.push(text(state)),
    error: (error: unknown) => shown.push(`!${codeOf(error)}`),
    complete: () => shown.push('|'),
  });
  return shown;
}

/** What `contenders` shows, as `id,id`. */
export function contenders(store: LeadershipStore, key: string): string[] {
  const shown: string[] = [];
  const text = (queue: readonly Contender[]) => queue.map(({ id }) => id).join(',');
  store.contenders(key).subscribe({
    next: (queue) => shown.push(text(queue)),
    error: (error: unknown) => shown.push(`!${codeOf(error)}`),
    complete: () => shown.push('|'),
  });
  return shown;
}
