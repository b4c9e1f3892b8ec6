// The example as an application with zone.js has it.
import 'zone.js';
import '@angular/compiler';
import { bootstrapApplication } from '@angular/platform-browser';
import { provideLeadership } from 'rx-leadership/angular';
import { webLocksStore } from 'rx-leadership/stores/web-locks';
import { App } from '../../../examples/angular/app.js';

void bootstrapApplication(App, {
  providers: [provideLeadership({ store: () => webLocksStore() })],
});
