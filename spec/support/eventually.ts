import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

export interface EventuallyOptions {
  /** What is waited for, for the message. */
  readonly what?: string;
  /** Milliseconds until it must hold. Default 5 000. */
  readonly within?: number;
  /** Milliseconds between two looks. Default 20. */
  readonly every?: number;
}

/**
 * Looks again and again until `check` neither throws nor returns `false`, and returns what it
 * returned. So both conditions and assertions can be given.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { what = 'the condition', within = 5_000, every = 20 }: EventuallyOptions = {},
): Promise<Exclude<T, false>> {
  const limit = performance.now() + within;
  for (;;) {
    const look = await lookOnce(check);
    if ('value' in look && look.value !== false) return look.value as Exclude<T, false>;
    if (performance.now() >= limit) {
      const last = 'error' in look ? `threw ${inspect(look.error)}` : 'returned false';
      throw new Error(`${what}: not within ${within} ms; the last look ${last}`, {
        cause: 'error' in look ? look.error : undefined,
      });
    }
    await sleep(every);
  }
}

type Look<T> = { readonly value: T } | { readonly error: unknown };

async function lookOnce<T>(check: () => T | Promise<T>): Promise<Look<T>> {
  try {
    return { value: await check() };
  } catch (error) {
    return { error };
  }
}
