import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import type { LeadershipStore } from '../../../lib/index.js';
import { folderName } from '../../../stores/local/election-folder.js';
import { localStore } from '../../../stores/local/index.js';
import { conformance } from '../../../testing/index.js';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { runClosing, withVitest } from '../conformance-harness.js';

const ttl = 2_000;

describe('the local store keeps the contract, on a real directory', () => {
  let folder: TemporaryFolder;
  let directory = '';
  let stores = 0;
  const links = new Map<LeadershipStore, string>();

  beforeAll(() => {
    folder = temporaryFolder('local');
    directory = join(folder.path, 'shared');
    mkdirSync(directory, { mode: 0o700 });
  });
  afterAll(() => folder.remove());

  /** Through a link of its own, which can be cut. */
  const open = () => {
    const link = join(folder.path, `link-${(stores += 1)}`);
    symlinkSync(directory, link);
    const store = localStore({ directory: link, ttl });
    links.set(store, link);
    return store;
  };

  const claims = (key: string) => {
    const path = join(directory, 'elections', folderName(key));
    return readdirSync(path)
      .filter((name) => /^\d+$/.test(name))
      .sort((a, b) => Number(a) - Number(b))
      .map((name) => {
        const file = join(path, name);
        const [head = '', value = ''] = readFileSync(file, 'utf8').split('\n');
        return { file, session: head.split(' ')[0] ?? '', id: value.split('\0')[0] };
      });
  };
  const claimOf = (key: string, id: string) => {
    const found = claims(key).find((claim) => claim.id === id);
    if (found === undefined) throw new Error(`${id} has no claim on ${key}`);
    return found;
  };

  conformance({
    ...withVitest,
    open,
    ttl,
    manifest: {},
    faults: {
      cut: (store) => {
        const link = links.get(store)!;
        renameSync(link, `${link}-cut`);
        symlinkSync(join(folder.path, 'nowhere'), link); // else the directory is made anew
        return () => renameSync(`${link}-cut`, link);
      },
      openUnreachable: () => {
        const file = join(folder.path, 'a-file');
        writeFileSync(file, '');
        return localStore({ directory: join(file, 'below'), ttl });
      },
      deleteClaim: (key, id) => {
        const [first] = claims(key); // where it is overwritten, it has no id
        rmSync((claims(key).find((claim) => claim.id === id) ?? first)!.file);
      },
      overwriteClaim: (key, id) => {
        const [first] = claims(key);
        if (first === undefined) throw new Error(`nobody leads ${key}`);
        writeFileSync(first.file, id);
      },
      endSession: (key, id) => rmSync(join(directory, 'sessions', claimOf(key, id).session)),
      runAlone: (name) => runClosing(name, `file://${directory}`),
    },
  });
});
