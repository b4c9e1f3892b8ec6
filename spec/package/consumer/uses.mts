// An ES module: it sees those of the ESM build. What the other file made must fit here.
import type { Observable } from 'rxjs';
import { follow, type Leadership, type LeadershipError } from 'rx-leadership';
import type * as operators from 'rx-leadership/operators';
import type * as memory from 'rx-leadership/stores/memory';
import type * as stores from 'rx-leadership/stores';
import type * as testing from 'rx-leadership/testing';
import { error, leadership$, store, work } from './values.cjs';

export type Entries = typeof operators | typeof memory | typeof stores | typeof testing;

export function report(given: LeadershipError): string {
  return given.code;
}
export function leading(given$: Observable<Leadership>): Observable<bigint> {
  return given$.pipe(work);
}

report(error);
leading(leadership$).subscribe();
follow(store, 'key').subscribe();
