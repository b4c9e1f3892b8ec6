import type { NgZone } from '@angular/core';
import { Observable } from 'rxjs';

/**
 * Subscribes outside the zone, so that timers, heartbeats and renewals cause no change detection,
 * and emits inside. Without zone.js the zone of Angular does nothing, and so does this.
 */
export function emitInZone<T>(zone: NgZone, source$: Observable<T>): Observable<T> {
  return new Observable((subscriber) =>
    zone.runOutsideAngular(() =>
      source$.subscribe({
        next: (value) => zone.run(() => subscriber.next(value)),
        error: (error: unknown) => zone.run(() => subscriber.error(error)),
        complete: () => zone.run(() => subscriber.complete()),
      }),
    ),
  );
}
