import { randomUUID } from 'node:crypto';
import { LeadershipError } from '../../lib/errors.js';

/** How an election lies in ZooKeeper: its claims are the children of one node. */
export interface ElectionNode {
  /** Without a slash at its end. */
  readonly path: string;
}

/** What ZooKeeper takes in no path: control characters, halves of pairs, private and special ones. */
const refused = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/;

/** `chroot`: with a slash in front and none at its end, or empty. */
export function electionNode(chroot: string, key: string): ElectionNode {
  const bad = (why: string) =>
    new LeadershipError('invalid-option', `key is ${JSON.stringify(key)}: ${why}`);
  checkPath(key, bad);
  const parts = key.split('/');
  if (parts.some((part) => sequenceOf(part) !== undefined))
    throw bad('a part of it looks like a claim of the election above it');
  if (chroot === '' && parts[0] === 'zookeeper') throw bad('ZooKeeper keeps "zookeeper" to itself');
  return { path: `${chroot}/${key}` };
}

/** Throws what `bad` makes unless ZooKeeper can have such a path. */
export function checkPath(path: string, bad: (why: string) => LeadershipError): void {
  if (refused.test(path))
    throw bad('ZooKeeper takes no control characters and no emoji or other pairs in a path');
}

/** The nodes from the outermost to `path`. */
export function lineage(path: string): string[] {
  const parts = path.split('/').slice(1);
  return parts.map((_part, n) => `/${parts.slice(0, n + 1).join('/')}`);
}

/**
 * How the name of a claim begins, before ZooKeeper adds a number. The same as that of Apache
 * Curator's LeaderLatch, which protects its nodes so: the id tells afterwards whether a write whose
 * answer was lost has been carried out.
 */
export function claimPrefix(): string {
  return `_c_${randomUUID()}-latch-`;
}

const claimPattern = /^(?:(?:_c_[0-9a-f-]{36}-)?latch-|[0-9a-f]{32}__lock__)(-?\d{9,10})$/i;

/** The number of a claim, ours or that of Curator or kazoo; `undefined`: no claim. */
export function sequenceOf(name: string): number | undefined {
  const [, digits] = claimPattern.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** The claims among the children, the leader first. */
export function queueOf(children: readonly string[]): string[] {
  return children
    .flatMap((name) => {
      const sequence = sequenceOf(name);
      return sequence === undefined ? [] : [{ name, sequence }];
    })
    .sort(bySequence)
    .map(({ name }) => name);
}

interface Numbered {
  readonly name: string;
  readonly sequence: number;
}

/**
 * The number is a counter of 32 bits that goes on with the smallest negative one after the largest.
 * So it is the difference that counts: nobody waits while two thousand million others come.
 */
function bySequence(a: Numbered, b: Numbered): number {
  const difference = (a.sequence - b.sequence) | 0;
  if (difference !== 0) return difference;
  return a.name < b.name ? -1 : 1;
}
