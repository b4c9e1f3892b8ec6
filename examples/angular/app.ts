// One tab of all that are open does the work; each shows which one.
import '@angular/compiler'; // only here, where no compiler of Angular runs before
// #region component
import { Component, DestroyRef, inject, signal } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { interval } from 'rxjs';
import { whileLeader } from 'rx-leadership';
import { injectElection, injectLeadership } from 'rx-leadership/angular';

@Component({
  selector: 'app-root',
  template: `
    @if (sync.leader(); as leader) {
      <p>{{ leader.id }} leads{{ sync.view().stale ? ' (not certain)' : '' }}</p>
    } @else {
      <p>Nobody leads</p>
    }
    @if (candidate.elected()) {
      <output>This tab has synchronised {{ count() }} times</output>
    }
  `,
})
export class App {
  readonly sync = injectLeadership('sync');
  readonly candidate = injectElection({ key: 'sync', id: document.title });
  readonly count = signal(0);

  constructor() {
    this.candidate.leadership$
      .pipe(
        whileLeader(() => interval(100)),
        takeUntilDestroyed(inject(DestroyRef)),
      )
      .subscribe(() => this.count.update((count) => count + 1));
  }
}
// #endregion

declare const document: { readonly title: string };
