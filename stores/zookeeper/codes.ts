/** The error codes of ZooKeeper that this store tells apart. */
export const codes = {
  connectionLoss: -4,
  unimplemented: -6,
  operationTimeout: -7,
  badArguments: -8,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  nodeExists: -110,
  notEmpty: -111,
  sessionExpired: -112,
  invalidAcl: -114,
  authFailed: -115,
  sessionMoved: -118,
  quotaExceeded: -125,
  throttled: -127,
} as const;

const names = new Map<number, string>(Object.entries(codes).map(([name, code]) => [code, name]));

/** What a server, or the end of a connection, answered to a request. */
export class ZooKeeperFailure extends Error {
  readonly code: number;

  constructor(code: number, why?: string) {
    super(why ?? `${names.get(code) ?? 'error'} (${code})`);
    this.code = code;
  }
}

/** Whether a request failed with that very answer. */
export function isFailure(error: unknown, ...wanted: readonly number[]): boolean {
  return error instanceof ZooKeeperFailure && wanted.includes(error.code);
}
