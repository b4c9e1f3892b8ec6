/**
 * A gRPC message that begins with its first field, a number, as it is on the wire, for proxies that
 * look for it. All the requests about leases look so.
 */
export function firstField(value: bigint): Buffer {
  const body = [0x08, ...varint(value)];
  return Buffer.from([0, 0, 0, 0, body.length, ...body]);
}

function varint(value: bigint): number[] {
  const low = Number(value & 0x7fn);
  return value < 0x80n ? [low] : [low | 0x80, ...varint(value >> 7n)];
}

/** The lease on which a claim is, as its key says. */
export function leaseOf(claim: string | undefined): bigint {
  return BigInt(`0x${/\/([0-9a-f]+)-[0-9a-f]+$/.exec(claim ?? '')?.[1] ?? ''}`);
}

/** A transaction of ZooKeeper that begins with a check, as heartbeats are: two codes of operations. */
export const zookeeperCheck = Buffer.from([0, 0, 0, 14, 0, 0, 0, 13]);
