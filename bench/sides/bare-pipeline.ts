import { defer, distinctUntilChanged, map, Observable, retry, scan, shareReplay } from 'rxjs';
import { rawClient, RawWatches } from './raw-client.js';

/**
 * What an election held may cost in heap is measured against: the operators that any such pipeline
 * is made of, over one watch, and not a line of election.
 *
 * `bare watcher`: the watch is one of the npm client (`client.watch()`). `bare request`: it is one
 * request on a stream of our own and an entry in a map, the least that is possible.
 */
export async function barePipelines(
  url: string,
  kind: 'bare watcher' | 'bare request',
  watching: () => void,
): Promise<(key: string) => void> {
  const client = rawClient(url);
  const watches = new RawWatches(client);
  const watcher = (key: string) =>
    new Observable<number>((out) => {
      const created = client
        .watch()
        .key(key)
        .create()
        .then((watcher) => {
          watcher.on('data', ({ events }) => out.next(events.length));
          out.next(0);
          return watcher;
        });
      return () => void created.then((watcher) => watcher.cancel());
    });
  const request = (key: string) =>
    new Observable<number>((out) => {
      out.next(0);
      return watches.watch({ key: Buffer.from(key) }, undefined, ({ events }) =>
        out.next(events.length),
      );
    });
  const watch = kind === 'bare watcher' ? watcher : request;
  await watches.opened();
  return (key) => {
    const election$ = defer(() => watch(key)).pipe(
      scan((changes, more) => changes + more, 0),
      map((changes) => ({ key, changes })),
      retry({ delay: 1_000 }),
      distinctUntilChanged((before, now) => before.changes === now.changes),
      shareReplay({ bufferSize: 1, refCount: true }),
    );
    election$.subscribe(watching);
  };
}
