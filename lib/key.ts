import { LeadershipError } from './errors.js';

/**
 * The one form of a key on every store: no slash at either end, no empty part. So `/a/b`, `a/b/`
 * and `a//b` are the same election, on stores that would tell them apart too.
 */
export function normalKey(key: string): string {
  const bad = (why: string) =>
    new LeadershipError('invalid-option', `key is ${printed(key)}: ${why}`);
  if (typeof key !== 'string') throw bad('it must be a string, for example "service/jobs/leader"');
  if (key.includes('\0')) throw bad('it must not contain NUL');
  const parts = key.split('/').filter((part) => part !== '');
  if (parts.length === 0) throw bad('it must name an election, for example "service/jobs/leader"');
  if (parts.some((part) => part === '.' || part === '..'))
    throw bad('its parts must not be "." or ".."');
  return parts.join('/');
}

/** Throws `invalid-option` unless `id` can be shown to followers by every store. */
export function checkId(id: string): void {
  const bad = (why: string) =>
    new LeadershipError('invalid-option', `id is ${printed(id)}: ${why}`);
  if (typeof id !== 'string' || id === '') throw bad('it must be a string that is not empty');
  if (id.includes('\0')) throw bad('it must not contain NUL');
}

/** For messages about values that may not be what their type says. */
function printed(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
