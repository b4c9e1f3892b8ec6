import { Child } from './child.js';
import type { EtcdServer } from './etcd-server.js';
import { serverFile } from './servers.js';

/** Runs a command of etcdctl to its end and returns what it wrote, without the last line break. */
export async function etcdctl(args: readonly string[], server: EtcdServer): Promise<string> {
  const child = spawnEtcdctl(args, server);
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`etcdctl ${args.join(' ')}: ${child.log}`);
  return child.lines.join('\n');
}

/** Starts a command of etcdctl that goes on: `elect`, `lock`, `watch`. End it with a signal. */
export function spawnEtcdctl(args: readonly string[], server: EtcdServer): Child {
  return new Child(serverFile('etcd/usr/bin/etcdctl'), [...server.flags, ...args]);
}
