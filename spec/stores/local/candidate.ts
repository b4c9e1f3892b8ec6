import { campaign } from '../../../lib/index.js';
import { openStore } from '../../../stores/index.js';

/** A candidate in a process of its own, which says when it is elected, and with which token. */
const [, , url = '', id = ''] = process.argv;
campaign(await openStore(url), { key: 'processes/leader', id }).subscribe((leadership) => {
  if (leadership.elected) console.log(`${leadership.term.token} ${process.hrtime.bigint()}`);
  else console.log(leadership.state);
});
