import { readFileSync } from 'node:fs';

/** Of the package, whether it runs from its sources or as it is published. */
export function version(): string {
  const depth = import.meta.url.endsWith('.ts') ? '..' : '../../..';
  const file = new URL(`${depth}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
