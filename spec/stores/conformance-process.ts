import { closingScenarios } from '../../testing/index.js';
import { etcdStore } from '../../stores/etcd/index.js';
import { memoryStore } from '../../stores/memory/index.js';

/**
 * A process that uses a store as a closing scenario says, closes it, and has to end by itself
 * then. Arguments: the name of the scenario, and the address of etcd; without one, the store is
 * in memory.
 */
const [, , name = '', hosts] = process.argv;
const scenario = Object.entries(closingScenarios).find(([known]) => known === name)?.[1];
if (scenario === undefined) throw new Error(`there is no scenario "${name}"`);
const options = { ttl: 10_000 }; // no less: on a busy machine it takes seconds to load the client
const store = hosts === undefined ? memoryStore(options) : etcdStore({ ...options, hosts });
await scenario(store, `conformance/process-${process.pid}`);
