import { readFile } from 'node:fs/promises';
import { LeadershipError } from '../../lib/errors.js';

/** What is in a file that an option names; `invalid-option` where it cannot be read. */
export async function readNamedFile(option: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const message = `${option} is ${JSON.stringify(path)}: the file cannot be read (${code})`;
    throw new LeadershipError('invalid-option', message);
  }
}
