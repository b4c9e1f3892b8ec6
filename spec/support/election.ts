import { LeadershipError } from '../../lib/index.js';

// On the scripted store: ttl 1000, margin 200, gap 500, hence room 300 and a default drain of 200.
export const election = { key: 'a/leader', id: 'one', retry: { jitter: 0, initial: 100 } };
export const gone = () => new LeadershipError('claim-lost', 'deleted by the test');
