// In each tab of a site: one of them synchronises for all, and each shows which.
import { finalize, interval, tap, type Observable } from 'rxjs';
// #region tabs
import { campaign, follow, whileLeader, type Term } from 'rx-leadership';
import { webLocksStore } from 'rx-leadership/stores/web-locks';

const store = webLocksStore();
const id = crypto.randomUUID();

campaign(store, { key: 'sync', id })
  .pipe(whileLeader((term) => synchronise(term)))
  .subscribe();

follow(store, 'sync').subscribe(({ leader }) => {
  show(leader?.id === id ? 'This tab synchronises' : leader ? 'Another tab does' : 'Nobody does');
});
// #endregion

declare const document: { title: string };

function show(text: string): void {
  document.title = text;
}

function synchronise({ token }: Term): Observable<number> {
  return interval(1_000).pipe(
    tap((round) => console.log(`round ${String(round)} with token ${String(token)}`)),
    finalize(() => console.log('stopped')),
  );
}
