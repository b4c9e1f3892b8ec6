import { Etcd3, type IOptions } from 'etcd3';
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificates } from './certificates.js';
import { EtcdServer, type EtcdOptions } from './etcd-server.js';
import { etcdctl, spawnEtcdctl } from './etcdctl.js';
import { TcpProxy } from './proxy.js';

const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function start(options?: EtcdOptions): Promise<EtcdServer> {
  const server = await EtcdServer.start(options);
  endings.push(() => server.stop());
  return server;
}

/** A policy of etcd3 that neither tries again nor stops trying. */
const plain = {
  execute: (call: (context: object) => unknown) => Promise.resolve(call({ attempt: 0 })),
} as unknown as NonNullable<NonNullable<IOptions['faultHandling']>['global']>;

function connect(hosts: string, options: Partial<IOptions> = {}): Etcd3 {
  const client = new Etcd3({
    hosts,
    faultHandling: { host: () => plain, global: plain },
    ...options,
  });
  endings.push(() => client.close());
  return client;
}

const within = (milliseconds: number) => ({ deadline: Date.now() + milliseconds });

describe('EtcdServer', () => {
  it('serves, and its process and files are gone after stop', async () => {
    const server = await EtcdServer.start();
    await etcdctl(['put', 'key', 'value'], server);
    expect(await etcdctl(['get', 'key', '--print-value-only'], server)).toBe('value');
    const { pid } = server;
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    await server.stop();
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  it('keeps its data and its address over a crash, and loses the data when wiped', async () => {
    const server = await start();
    const { url, pid } = server;
    await etcdctl(['put', 'key', 'value'], server);
    await server.kill();
    await expect(etcdctl(['get', 'key', '--command-timeout=300ms'], server)).rejects.toThrow();
    await server.restart();
    expect(server.url).toBe(url);
    expect(server.pid).not.toBe(pid);
    expect(await etcdctl(['get', 'key', '--print-value-only'], server)).toBe('value');
    await server.wipe();
    expect(await etcdctl(['get', 'key', '--print-value-only'], server)).toBe('');
  });

  it('answers nothing while frozen, and goes on when thawed', async () => {
    const server = await start();
    const client = connect(server.url);
    await client.put('key').value('value');
    server.freeze();
    await expect(client.get('key').options(within(200))).rejects.toThrow(/deadline/i);
    server.thaw();
    expect(await client.get('key').options(within(5_000)).string()).toBe('value');
  });

  it('grants short leases when its election timeout is short', async () => {
    const server = await start();
    const granted = await etcdctl(['lease', 'grant', '1'], server);
    expect(granted).toContain('TTL(1s)');
  });

  it('serves TLS to clients with a certificate of its authority, and to no others', async () => {
    const tls = await makeCertificates();
    endings.push(() => tls.remove());
    const server = await start({ tls });
    const { ca, client } = tls;
    const known = connect(server.url, {
      credentials: {
        rootCertificate: ca.pem,
        certChain: client.certificate.pem,
        privateKey: client.key.pem,
      },
    });
    await known.put('key').value('value');
    expect(await etcdctl(['get', 'key', '--print-value-only'], server)).toBe('value');
    const unknown = connect(server.url, { credentials: { rootCertificate: ca.pem } });
    await expect(unknown.get('key').options(within(1_000))).rejects.toThrow();
  });

  it('asks for a password, and lets the user have its prefix alone', async () => {
    const auth = { username: 'worker', password: 'secret', prefix: 'mine/' };
    const server = await start({ auth });
    const client = connect(server.url, { auth });
    await client.put('mine/key').value('value');
    await expect(client.put('other/key').value('value')).rejects.toThrow(/permission denied/);
    const stranger = connect(server.url, { auth: { ...auth, password: 'guess' } });
    await expect(stranger.get('mine/key')).rejects.toThrow(/authentication failed/);
    await server.restart();
    expect(await etcdctl(['get', 'mine/key', '--print-value-only'], server)).toBe('value');
    await server.wipe();
    await expect(connect(server.url).get('mine/key')).rejects.toThrow(/user name is empty/);
  });
});

describe('etcdctl', () => {
  it('elects, and resigns on SIGINT', async () => {
    const server = await start();
    const electing = spawnEtcdctl(['elect', 'election', 'me'], server);
    await electing.until('election', () => electing.lines.find((line) => line === 'me'));
    const leader = spawnEtcdctl(['elect', '--listen', 'election'], server);
    await leader.until('leader', () => leader.lines.find((line) => line === 'me'));
    electing.signal('SIGINT');
    await electing.exited;
    await leader.kill();
    expect(await etcdctl(['get', '--prefix', 'election'], server)).toBe('');
  });
});

describe('TcpProxy in front of etcd', () => {
  it('loses the answer of a write that was done', async () => {
    const server = await start();
    const proxy = await TcpProxy.start(server.port);
    endings.push(() => proxy.stop());
    const client = connect(`http://127.0.0.1:${proxy.port}`);
    await client.put('before').value('value');
    const lost = proxy.loseReply('candidate-1');
    await expect(client.put('key').value('candidate-1').exec()).rejects.toThrow();
    await lost;
    expect(await etcdctl(['get', 'key', '--print-value-only'], server)).toBe('candidate-1');
  });

  it('holds the answer of a write', async () => {
    const server = await start();
    const proxy = await TcpProxy.start(server.port);
    endings.push(() => proxy.stop());
    const client = connect(`http://127.0.0.1:${proxy.port}`);
    await client.put('before').value('value');
    const reply = proxy.holdReply('candidate-1');
    let answered = false;
    const written = client
      .put('key')
      .value('candidate-1')
      .then(() => (answered = true));
    await reply.requested;
    await expect
      .poll(() => etcdctl(['get', 'key', '--print-value-only'], server))
      .toBe('candidate-1');
    expect(answered).toBe(false);
    reply.release();
    await written;
  });
});
