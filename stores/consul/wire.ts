import type { Entry } from './client.js';

/** Those of the official Go client's `api.Lock`. As text: a number would lose its last digits. */
export const lockFlags = '3304740253564472344';

/** Whether a key is a lock of an election, and not something else that lies under its name. */
export function isLock({ Flags }: Entry): boolean {
  return Flags === Number(lockFlags); // JSON has rounded it in the same way
}

/** Whether candidates may take the key: a lock, or what one has left behind. */
export function isUsable(entry: Entry | undefined): boolean {
  return entry === undefined || isLock(entry);
}

/** In which state a key must be for an operation to be carried out: its index, or not there. */
export type Expected = bigint | 'absent';

export function stateOf(entry: Entry | undefined): Expected {
  return entry === undefined ? 'absent' : BigInt(entry.ModifyIndex);
}

interface Change {
  readonly key: string;
  readonly session: string;
  readonly value: string;
  readonly flags: string;
  readonly expected: Expected;
}

/** Acquires the key, if it still is as expected: what arrives late does nothing. */
export function lockOperations(change: Change): string {
  return operations('lock', change);
}

/** Gives the key up, if it still is as expected. */
export function unlockOperations(change: Change): string {
  return operations('unlock', change);
}

/** By hand: `JSON.stringify` would round the flags. */
function operations(verb: 'lock' | 'unlock', change: Change): string {
  const { session, value, flags, expected } = change;
  const key = JSON.stringify(change.key);
  const check =
    expected === 'absent'
      ? `{"KV":{"Verb":"check-not-exists","Key":${key}}}`
      : `{"KV":{"Verb":"check-index","Key":${key},"Index":${String(expected)}}}`;
  const encoded = Buffer.from(value).toString('base64');
  const kv = `{"KV":{"Verb":"${verb}","Key":${key},"Value":"${encoded}","Flags":${flags},"Session":"${session}"}}`;
  return `[${check},${kv}]`;
}
