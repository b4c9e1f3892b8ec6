import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from './eventually.js';
import { reservePort } from './ports.js';
import { TcpProxy } from './proxy.js';

/** A client, and everything that happened to it. */
class Peer {
  received = '';
  ended = false;
  error: string | undefined;
  readonly socket: Socket;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    this.socket.on('data', (data) => (this.received += data.toString()));
    this.socket.on('end', () => (this.ended = true));
    this.socket.on('error', (error: NodeJS.ErrnoException) => (this.error = error.code));
  }

  write(text: string): void {
    this.socket.write(text);
  }
}

describe('TcpProxy', () => {
  let server: Server;
  let atServer: string[];
  let proxy: TcpProxy;

  beforeEach(async () => {
    atServer = [];
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        atServer.push(data.toString());
        socket.write(`<${data.toString()}>`);
      });
    });
    const { port } = await reservePort();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    proxy = await TcpProxy.start(port);
  });

  afterEach(async () => {
    proxy.stop();
    await new Promise((closed) => server.close(closed));
  });

  const received = (peer: Peer, text: string) =>
    eventually(() => expect(peer.received).toBe(text), { within: 2_000, every: 5 });

  it('passes bytes both ways and counts them, and passes the end', async () => {
    const peer = new Peer(proxy.port);
    peer.write('hello');
    await received(peer, '<hello>');
    expect([proxy.up.bytes, proxy.down.bytes]).toEqual([5, 7]);
    expect([proxy.connections, proxy.open]).toEqual([1, 1]);
    peer.socket.end();
    await eventually(() => peer.ended && proxy.open === 0);
  });

  it('delays, in order also after the delay has become shorter', async () => {
    const peer = new Peer(proxy.port);
    proxy.up.delay = 100;
    const begin = performance.now();
    peer.write('a');
    await eventually(() => proxy.up.bytes === 1, { every: 1 });
    proxy.up.delay = 0;
    peer.write('b');
    await eventually(() => peer.received.endsWith('>') && peer.received.includes('b'));
    expect(performance.now() - begin).toBeGreaterThan(95);
    expect(atServer.join('')).toBe('ab');
  });

  it('is silent as a black hole, also about the end, and delivers after the heal', async () => {
    const peer = new Peer(proxy.port);
    peer.write('a');
    await received(peer, '<a>');
    proxy.blackhole();
    peer.write('b');
    await sleep(50);
    expect(atServer).toEqual(['a']);
    server.close();
    const late = new Peer(proxy.port);
    late.write('c');
    await sleep(50);
    expect([peer.error, peer.ended, late.error, late.ended]).toEqual([
      undefined,
      false,
      undefined,
      false,
    ]);
    proxy.heal();
    await received(peer, '<a><b>');
    await eventually(() => late.error === 'ECONNRESET');
  });

  it('cuts one direction alone', async () => {
    const peer = new Peer(proxy.port);
    proxy.down.mode = 'hold';
    peer.write('a');
    await eventually(() => atServer.join('') === 'a');
    await sleep(50);
    expect(peer.received).toBe('');
    proxy.down.mode = 'pass';
    await received(peer, '<a>');
  });

  it('resets at the heal a connection that has lost bytes, and no other', async () => {
    const [losing, quiet] = [new Peer(proxy.port), new Peer(proxy.port)];
    quiet.write('q');
    await received(quiet, '<q>');
    proxy.up.mode = 'drop';
    losing.write('a');
    await sleep(50);
    proxy.heal();
    losing.write('b');
    await eventually(() => losing.error === 'ECONNRESET');
    quiet.write('r');
    await received(quiet, '<q><r>');
    expect(atServer.join('')).toBe('qr');
  });

  it('resets connections', async () => {
    const peer = new Peer(proxy.port);
    peer.write('a');
    await received(peer, '<a>');
    proxy.reset();
    await eventually(() => peer.error === 'ECONNRESET');
    expect(proxy.open).toBe(0);
  });

  it('refuses new connections, leaves open ones alone, and accepts again', async () => {
    const peer = new Peer(proxy.port);
    peer.write('a');
    await received(peer, '<a>');
    proxy.refuse();
    const refused = new Peer(proxy.port);
    await eventually(() => refused.error === 'ECONNREFUSED');
    peer.write('b');
    await received(peer, '<a><b>');
    await proxy.accept();
    const accepted = new Peer(proxy.port);
    accepted.write('c');
    await received(accepted, '<c>');
  });

  it('loses the reply of the one request that it waits for', async () => {
    const [one, other] = [new Peer(proxy.port), new Peer(proxy.port)];
    one.write('claim by x');
    await received(one, '<claim by x>');
    const lost = proxy.loseReply('by x'); // not the request that was there before
    other.write('claim by y');
    await received(other, '<claim by y>');
    one.write('again b');
    await received(one, '<claim by x><again b>');
    one.write('y x'); // the bytes come in two chunks
    await lost;
    await eventually(() => one.error === 'ECONNRESET');
    expect(one.received).toBe('<claim by x><again b>');
    expect(atServer).toEqual(['claim by x', 'claim by y', 'again b', 'y x']);
    other.write('!');
    await received(other, '<claim by y><!>');
  });

  it('holds the reply of a request until it is released', async () => {
    const peer = new Peer(proxy.port);
    const reply = proxy.holdReply('claim');
    peer.write('claim');
    await reply.requested;
    await eventually(() => atServer.join('') === 'claim');
    await sleep(50);
    expect(peer.received).toBe('');
    reply.release();
    await received(peer, '<claim>');
  });
});
