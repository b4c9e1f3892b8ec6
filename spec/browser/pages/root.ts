// Runs in a page: the root entry as a program in a browser uses it.
import { firstValueFrom, of } from 'rxjs';
import { campaign, whileLeader } from 'rx-leadership';
import { memoryStore } from 'rx-leadership/stores/memory';

const store = memoryStore();

Object.assign(globalThis, {
  elect: () =>
    firstValueFrom(
      campaign(store, { key: 'jobs', id: 'this page' }).pipe(
        whileLeader(({ id, token, signal }) =>
          of({ id, token: String(token), aborted: signal.aborted }),
        ),
      ),
    ),
});
