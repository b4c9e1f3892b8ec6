import { closingScenarios } from '../../testing/index.js';
import { openStore } from '../../stores/index.js';

/**
 * A process that uses a store as a closing scenario says, closes it, and has to end by itself
 * then. Arguments: the name of the scenario, and the URL of the store.
 */
const [, , name = '', url = ''] = process.argv;
const scenario = Object.entries(closingScenarios).find(([known]) => known === name)?.[1];
if (scenario === undefined) throw new Error(`there is no scenario "${name}"`);
const target = new URL(url);
// No less: on a busy machine it takes seconds to load a client.
target.searchParams.set('ttl', '10000');
const store = await openStore(target.href);
await scenario(store, `conformance/process-${process.pid}`);
