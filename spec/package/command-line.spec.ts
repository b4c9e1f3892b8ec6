import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandLine, Diary, done, type Installation } from '../cli/command-line.js';
import { runSuite } from '../cli/run-suite.js';
import { EtcdServer } from '../support/etcd-server.js';
import { etcdctl } from '../support/etcdctl.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = temporaryFolder('packed-cli');
const password = 'correct-horse';
let etcd: EtcdServer;
let guarded: EtcdServer;
let installation: Installation;

/** Installs the packed package, and the clients that its user has chosen, into an empty folder. */
beforeAll(async () => {
  if (!existsSync(join(root, 'dist/esm/cli/main.js'))) throw new Error('first run `npm run build`');
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder.path];
  const [tarball] = JSON.parse(
    execFileSync('npm', pack, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  ) as [{ filename: string }];
  execFileSync('tar', ['-xzf', join(folder.path, tarball.filename)], { cwd: folder.path });
  const modules = join(folder.path, 'empty/node_modules');
  cpSync(join(folder.path, 'package'), join(modules, 'rx-leadership'), { recursive: true });
  for (const name of ['rxjs', 'commander', 'etcd3']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  const bin = 'node_modules/rx-leadership/dist/esm/cli/main.js';
  installation = { program: [bin], cwd: join(folder.path, 'empty') };
  etcd = await EtcdServer.start();
  guarded = await EtcdServer.start({ auth: { username: 'ann', password, prefix: 'service/' } });
}, 60_000);

afterAll(async () => {
  await Promise.all([etcd.stop(), guarded.stop()]);
  folder.remove();
});

let number = 0;
const storeOf = (server: EtcdServer, query = 'ttl=3000') =>
  `etcd://127.0.0.1:${server.port}/${String((number += 1))}?${query}`;

describe('run, as packed, on etcd', () => {
  runSuite(
    () => installation,
    () => storeOf(etcd),
  );
});

describe('the packed command', () => {
  it('shows its version and its help, and names each command', async () => {
    const line = new CommandLine(installation, 'memory://x');
    const [version, help] = await Promise.all([
      line.finish(['--version']),
      line.finish(['--help']),
    ]);
    expect(version).toMatchObject({ code: 0, out: [expect.stringMatching(/^\d+\.\d+\.\d+$/u)] });
    expect(help.code).toBe(0);
    expect(help.out.join('\n')).toMatch(/run .*elect .*demo/su);
    await line.close();
  });

  it('never prints a wrong password, and leaves with 78; without the client too', async () => {
    const line = new CommandLine(installation, '');
    const wrong = `etcd://ann:wrong-horse@127.0.0.1:${guarded.port}/service?ttl=3000`;
    const ways = [
      line.finish(['run', 'jobs', '--store', wrong, '--', 'true']),
      line.finish(['leader', 'jobs', '--store', wrong]),
      line.finish(['leader', 'jobs', '--store', 'consul://127.0.0.1:1']),
    ];
    for (const left of await Promise.all(ways)) {
      expect(left).toMatchObject({ code: 78, out: [] });
      expect(left.said).not.toMatch(/horse|^\s+at /mu);
    }
    await line.close();
  });

  it('doctor: fine, a wrong password, no server', async () => {
    const line = new CommandLine(installation, '');
    const wrong = `etcd://ann:wrong-horse@127.0.0.1:${guarded.port}/service?ttl=3000`;
    const [fine, denied, gone] = await Promise.all(
      [storeOf(etcd), wrong, 'etcd://127.0.0.1:1?ttl=3000'].map((url) =>
        line.finish(['doctor', url]),
      ),
    );
    expect(fine).toMatchObject({ code: 0 });
    expect(fine?.out.join('\n')).toMatch(/^ok +version +etcd 3\.[^]*^ok +election/mu);
    expect(denied).toMatchObject({ code: 78 });
    expect(denied?.out.at(-1)).toMatch(/^fail +permissions/u);
    expect(gone).toMatchObject({ code: 69 });
    for (const { out, said } of [denied!, gone!])
      expect([...out, said].join('\n')).not.toMatch(/horse|^\s+at /mu);
    await line.close();
  });

  it('a server that freezes: the command is ended inside the lease; 76 with --once', async () => {
    const server = await EtcdServer.start();
    const line = new CommandLine(installation, storeOf(server));
    const diary = new Diary(line.file('diary'));
    const args = ['run', 'nightly', '--once', '--', ...diary.deaf()];
    const ann = line.start(args);
    await diary.term(1);
    const frozenAt = performance.now();
    server.freeze();
    const left = await done(ann); // its output is closed: nobody of the group is left
    expect(performance.now() - frozenAt).toBeGreaterThan(500);
    expect(left).toMatchObject({ code: 76 });
    expect(left.said).toContain('lost the leadership of nightly (expired)');
    await line.close();
    server.thaw();
    await server.stop();
  });

  it('an operator deletes its key: the command is killed at once', async () => {
    const store = storeOf(etcd);
    const line = new CommandLine(installation, store);
    const diary = new Diary(line.file('diary'));
    const ann = line.start(['run', 'nightly', '--once', '--', ...diary.deaf()]);
    await diary.term(1);
    await etcdctl(['del', '--prefix', `${String(number)}/nightly/`], etcd);
    const left = await done(ann);
    expect(left).toMatchObject({ code: 76 });
    expect(left.said).toContain('lost the leadership of nightly (lost)');
    await line.close();
  });

  it('the demo: four terms, each with a larger token, and their lines of time', async () => {
    const line = new CommandLine(installation, '');
    const { code, out } = await line.finish(['demo']);
    expect(code).toBe(0);
    const tokens = out.flatMap((each) => /leads with token (\d+)/u.exec(each)?.[1] ?? []);
    expect(tokens).toEqual(['1', '2', '3', '4']);
    expect(out.filter((each) => /^(ann|bob|cleo) .*█/u.test(each))).toHaveLength(3);
    await line.close();
  });
});
