import { decodeValue, encodeValue } from '../shared/value.js';

/** What a claim tells. */
export interface ClaimRecord {
  /** The name of the session on which it is. */
  readonly session: string;
  readonly id: string;
  readonly data?: string;
}

/** `nonce` tells it from other claims of its session. */
export function claimText({ session, id, data }: ClaimRecord, nonce: number): string {
  return `${session} ${String(nonce)}\n${encodeValue(id, data)}`;
}

/** `undefined`: it is not a claim of ours, so nobody can tell when it is over. */
export function parseClaim(text: string): ClaimRecord | undefined {
  const [, session, value] = /^([\w-]+) \d+\n([^]*)$/.exec(text) ?? [];
  if (session === undefined || value === undefined) return undefined;
  return { session, ...decodeValue(value) };
}
