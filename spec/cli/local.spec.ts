import { afterAll, describe } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { transpiled } from './transpiled.js';
import { commandsSuite } from './commands-suite.js';
import { localRunSuite, runSuite } from './run-suite.js';

const sources = transpiled();
const folder = temporaryFolder('cli-store');
let number = 0;

afterAll(() => {
  folder.remove();
  sources.remove();
});

const installation = () => sources.installation;
const store = () => `file://${folder.path}/${String((number += 1))}?ttl=2000`;

describe('the commands, on the local store', () => commandsSuite(installation, store));
describe('run, on the local store', () => {
  runSuite(installation, store);
  localRunSuite(installation, store);
});
