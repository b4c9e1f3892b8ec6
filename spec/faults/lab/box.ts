import { execFileSync } from 'node:child_process';
import { Child } from '../../support/child.js';

/** Where everything of a laboratory lies: memory that goes away with the box. */
export const boxFolder = '/run/lab';

const setup = [
  'set -e',
  'mount -t tmpfs tmpfs /run',
  `mkdir -p /run/netns ${boxFolder}`,
  'ip link set lo up',
  'echo 1 > /proc/sys/net/ipv4/ip_forward',
];
/** That the router can be made to lose packets is what all partitions are made of. */
const trial = [...setup, 'ip netns add n', 'ip rule add from 10.0.0.1 to 10.0.0.2 blackhole'];

/** Namespaces of our own: with those of users an ordinary user may make the others. */
const ways = ['-Urnmpf', '-nmpf'] as const;
type Way = (typeof ways)[number];

let found: Way | { readonly missing: string } | undefined;

/** What this machine lacks to run a laboratory; `undefined`: nothing. */
export function missingForBox(): string | undefined {
  const way = findWay();
  return typeof way === 'object' ? way.missing : undefined;
}

/**
 * Runs a program in a box: a network, a process table and a `/run` of its own. Whatever is started
 * in it, and whatever it writes below {@link boxFolder}, is gone when the program ends, or we do, in
 * whatever way. The box needs no rights where the kernel lets everybody make namespaces.
 */
export function inBox(command: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  const way = findWay();
  if (typeof way === 'object') throw new Error(way.missing);
  // A shell is the first process of the box: Node would ignore signals there, and bury nobody.
  const script = [...setup, '"$@"', 'exit $?'].join('\n');
  return new Child('unshare', [...flagsOf(way), 'bash', '-c', script, 'box', ...command], {
    env: { ...process.env, ...env, TMPDIR: boxFolder },
  });
}

function flagsOf(way: Way): string[] {
  return [way, '--kill-child', '--mount-proc'];
}

function findWay(): Way | { readonly missing: string } {
  return (found ??= tryWays());
}

function tryWays(): Way | { readonly missing: string } {
  let why = '';
  for (const way of ways) {
    try {
      execFileSync('unshare', [...flagsOf(way), 'bash', '-c', trial.join('\n')], { stdio: 'pipe' });
      return way;
    } catch (error) {
      const { stderr } = error as { stderr?: Buffer };
      why ||= (stderr?.toString() ?? String(error)).trim();
    }
  }
  return {
    missing:
      'needs network namespaces: `unshare` and `ip` of Linux, and root or a kernel that lets users ' +
      `make namespaces (sysctl user.max_user_namespaces); here: ${why}`,
  };
}
