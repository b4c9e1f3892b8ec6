import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at-exit.js';

export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

/** Makes a folder that is gone after `remove`, or when this process exits. */
export function temporaryFolder(purpose: string): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), `rx-leadership-${purpose}-`));
  // A server that was killed just now may still be writing its last file.
  const clear = () => rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  const done = atExit(clear);
  return {
    path,
    remove: () => {
      done();
      clear();
    },
  };
}
