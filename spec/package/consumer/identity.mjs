// Prints whether `import`, `require` and a second copy of the package agree on what an error is.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import * as imported from 'rx-leadership';

const require = createRequire(import.meta.url);
const required = require('rx-leadership');
const copyPath = new URL('./node_modules/rx-leadership/dist/cjs/index.js', import.meta.url);
const copy = require(fileURLToPath(copyPath)); // past `exports`: what a bundler may do

const known = (error) => imported.isLeadershipError(error, 'store-closed');
console.log(
  JSON.stringify({
    sameClass: imported.LeadershipError === required.LeadershipError,
    anotherCopy: imported.LeadershipError !== copy.LeadershipError,
    known: known(new required.LeadershipError('store-closed', '')),
    knownFromCopy: known(new copy.LeadershipError('store-closed', '')),
    knownOther: known(new Error('[store-closed]')),
  }),
);
