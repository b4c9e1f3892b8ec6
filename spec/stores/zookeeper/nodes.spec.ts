import { describe, expect, it } from 'vitest';
import { isLeadershipError } from '../../../lib/errors.js';
import { electionNode, lineage, queueOf } from '../../../stores/zookeeper/nodes.js';
import { resolveOptions } from '../../../stores/zookeeper/options.js';

const guid = '0f8fad5b-d9cb-469f-a165-70867728950e';

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'nothing';
  } catch (error) {
    return isLeadershipError(error) ? error.code : String(error);
  }
}

describe('the queue of an election', () => {
  it('is in the order of the numbers, whoever made the claim', () => {
    const curator = `_c_${guid}-latch-0000000003`;
    const kazoo = `${guid.replaceAll('-', '')}__lock__0000000002`;
    const plain = 'latch-0000000001';
    expect(queueOf([curator, kazoo, plain])).toEqual([plain, kazoo, curator]);
  });

  it('goes on where the numbers wrap after 2^31', () => {
    const names = ['2147483646', '2147483647', '-2147483648', '-2147483647'].map(
      (number) => `_c_${guid}-latch-${number}`,
    );
    expect(queueOf(names.toReversed())).toEqual(names);
    const small = ['-000000001', '0000000000', '0000000001'].map((n) => `_c_${guid}-latch-${n}`);
    expect(queueOf(small.toReversed())).toEqual(small);
  });

  it('does not see children that are no claims', () => {
    expect(queueOf(['b', 'latch-12', `_c_${guid}-lock-0000000001`, 'config'])).toEqual([]);
  });
});

describe('the node of an election', () => {
  it('lies below the chroot', () => {
    expect(electionNode('/app', 'a/b').path).toBe('/app/a/b');
    expect(lineage('/app/a/b')).toEqual(['/app', '/app/a', '/app/a/b']);
  });

  it.each(['zookeeper/a', 'a\u0001b', 'a/\u{1f98a}', `a/_c_${guid}-latch-0000000001`])(
    'is refused at the call where ZooKeeper cannot have it: %j',
    (key) => {
      expect(codeOf(() => electionNode('', key))).toBe('invalid-option');
    },
  );
});

describe('the options', () => {
  it('take hosts as ZooKeeper writes them, and as a list', () => {
    const servers = [
      { host: 'h1', port: 2181 },
      { host: '::1', port: 2182 },
    ];
    expect(resolveOptions({ hosts: 'h1,[::1]:2182' }).servers).toEqual(servers);
    expect(resolveOptions({ hosts: ['h1:2181', '[::1]:2182'] }).servers).toEqual(servers);
    expect(resolveOptions({ hosts: 'h1', chroot: 'app/x/' }).chroot).toBe('/app/x');
  });

  it('leave room for a lost renewal, which takes three quarters of the ttl', () => {
    expect(resolveOptions({ hosts: 'h1' }).timing(10_000)).toEqual({
      ttl: 10_000,
      margin: 1_000,
      gap: 7_500,
    });
    expect(codeOf(() => resolveOptions({ hosts: 'h1', margin: 4_000 }))).toBe('invalid-option');
  });

  it('are refused with the reason where the npm client cannot do it', () => {
    const tls = { hosts: 'h1', tls: true } as { hosts: string };
    expect(codeOf(() => resolveOptions(tls))).toBe('unsupported');
  });

  it.each(['', 'h1:0', 'h1:port', 'u:p@h1', []])('refuse the hosts %j', (hosts) => {
    expect(codeOf(() => resolveOptions({ hosts }))).toBe('invalid-option');
  });

  it('do not show a password', () => {
    const wrong = () => resolveOptions({ hosts: 'u:hidden@h1' });
    expect(wrong).not.toThrow(/hidden/);
    expect(wrong).toThrow(/auth/);
  });
});
