import type { Observable, Subscription } from 'rxjs';

/**
 * Subscribes for the effects. What `next` throws is reported as RxJS reports it and stops nobody;
 * so is an error of the source, which would be a mistake in this store.
 */
export function effect<T>(source$: Observable<T>, next?: (value: T) => void): Subscription {
  return source$.subscribe({
    ...(next && { next }),
    error: (error: unknown) => {
      throw error;
    },
  });
}
