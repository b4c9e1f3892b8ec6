import type { KeyValue, RangeRequest, RangeResponse, TxnRequest } from './client.js';

/** How an election lies in etcd: its claims are the keys directly under `<key>/`. */
export interface ElectionKeys {
  /** With the slash at its end. */
  readonly prefix: string;
  readonly range: { readonly key: Buffer; readonly range_end: Buffer };
}

/** A claim as it is written. */
export interface Written {
  readonly key: Buffer;
  readonly value: Buffer;
  /** Decimal, as the client writes it. */
  readonly lease: string;
}

/** Who stands in front of a claim. */
export interface Front {
  /** The nearest one, `undefined`: nobody. */
  readonly predecessor: Buffer | undefined;
  /** How many, where that is known. */
  readonly ahead: number | undefined;
}

export function electionKeys(storePrefix: string, key: string): ElectionKeys {
  const prefix = `${storePrefix}${key}/`;
  // '0' follows '/': the range of all keys that begin with the prefix.
  const end = `${prefix.slice(0, -1)}0`;
  return { prefix, range: { key: Buffer.from(prefix), range_end: Buffer.from(end) } };
}

/** Whether `key` is a claim of the election, and not of one whose name merely begins alike. */
export function isClaim(election: ElectionKeys, key: Buffer): boolean {
  const rest = key.toString().slice(election.prefix.length);
  return rest !== '' && !rest.includes('/');
}

/** So many claims in front are read: enough to see past keys of elections with longer names. */
const sample = 32;

function frontRequest(election: ElectionKeys, limit: number, before?: bigint): RangeRequest {
  const { key, range_end } = election.range;
  const order = { sort_target: 'Create', sort_order: 'Descend' } as const;
  const request = { key, range_end, keys_only: true, limit, ...order };
  return before === undefined ? request : { ...request, max_create_revision: String(before - 1n) };
}

/** Writes the claim unless it is there, and reads who stands in front in the same moment. */
export function stakeRequest(election: ElectionKeys, own: Written): TxnRequest {
  return {
    compare: [{ key: own.key, target: 'Create', result: 'Equal', create_revision: 0 }],
    success: [{ request_range: frontRequest(election, sample) }, { request_put: own }],
    failure: [{ request_range: { key: own.key } }],
  };
}

/**
 * Reads, in one moment, the own claim and who stands in front of it. `whole`: all of them, for the
 * case that a sample showed no claim.
 */
export function queueRequest(
  election: ElectionKeys,
  own: Buffer,
  token: bigint,
  whole: boolean,
): TxnRequest {
  return {
    success: [
      { request_range: { key: own, keys_only: true } },
      { request_range: frontRequest(election, whole ? 0 : sample, token) },
    ],
  };
}

/**
 * Removes the claim as we wrote it, nothing else. A claim is written once, so its modification
 * revision is its token; comparing the creation would delete what an operator wrote over it.
 * Without a known token: it is ours when nobody wrote after the first time, on our lease.
 */
export function releaseRequest(own: Written, token: bigint | undefined): TxnRequest {
  const { key, value, lease } = own;
  return {
    compare:
      token === undefined
        ? [
            { key, target: 'Version', result: 'Equal', version: '1' },
            { key, target: 'Lease', result: 'Equal', lease },
            { key, target: 'Value', result: 'Equal', value },
          ]
        : [{ key, target: 'Mod', result: 'Equal', mod_revision: String(token) }],
    success: [{ request_delete_range: { key } }],
  };
}

/**
 * Reads a front out of an answer. `undefined`: keys of other elections fill the sample.
 * `countIsFront`: the range was not cut at a revision, so its count is the length of the queue.
 */
export function readFront(
  election: ElectionKeys,
  { kvs, more, count }: RangeResponse,
  countIsFront: boolean,
): Front | undefined {
  const claims = kvs.filter(({ key }) => isClaim(election, key));
  const predecessor = claims[0]?.key;
  if (!more) return { predecessor, ahead: claims.length };
  if (predecessor === undefined) return undefined;
  const known = countIsFront && claims.length === kvs.length;
  return { predecessor, ahead: known ? Number(count) : undefined };
}

/** Whether the key is still as we wrote it. */
export function isOurs(kv: KeyValue | undefined, token: bigint): boolean {
  return kv !== undefined && BigInt(kv.mod_revision) === token;
}
