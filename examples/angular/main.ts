import { App } from './app.js';
// #region bootstrap
import { provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { provideLeadership } from 'rx-leadership/angular';
import { webLocksStore } from 'rx-leadership/stores/web-locks';

void bootstrapApplication(App, {
  providers: [
    provideZonelessChangeDetection(), // or zone.js: both work
    provideLeadership({ store: () => webLocksStore() }),
  ],
});
// #endregion
