import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const fetched = fileURLToPath(new URL('../../.servers', import.meta.url));

/** The path of a program or library that `npm run servers` has fetched. */
export function serverFile(path: string): string {
  const file = `${process.env['RX_LEADERSHIP_SERVERS'] ?? fetched}/${path}`;
  if (!existsSync(file)) throw new Error(`${file} is missing: run \`npm run servers\``);
  return file;
}
