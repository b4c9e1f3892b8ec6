import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../../stores/index.js';
import { makeCertificates, type Certificates } from '../../support/certificates.js';
import { EtcdServer } from '../../support/etcd-server.js';
import { eventually } from '../../support/eventually.js';
import { lock, watch } from '../records.js';
import { Laboratory } from './fixture.js';

let certificates: Certificates;
let server: EtcdServer;
let lab: Laboratory;

beforeAll(async () => {
  certificates = await makeCertificates();
  server = await EtcdServer.start({ tls: certificates });
  lab = new Laboratory(server);
});
afterEach(() => lab.clear());
afterAll(async () => {
  await server.stop();
  certificates.remove();
});

it('runs with a private authority and a client certificate', async () => {
  const { ca, client } = certificates;
  const store = lab.store({
    credentials: {
      rootCertificate: ca.pem,
      certChain: client.certificate.pem,
      privateKey: client.key.pem,
    },
  });
  const shown = watch(store, 'tls/a');
  const leader = lock(store, 'tls/a', 'one');
  await eventually(() => leader.held && shown.at(-1) === 'one');
});

it('opens by URL, with the files named in it', async () => {
  const { ca, client } = certificates;
  const files = `ca=${ca.file}&cert=${client.certificate.file}&key=${client.key.file}`;
  const store = await openStore(`etcd+tls://127.0.0.1:${server.port}/app?ttl=2000&${files}`);
  const leader = lock(store, 'tls/b', 'one');
  await eventually(() => leader.held);
  expect(await lab.keys('app/tls/b/')).toHaveLength(1);
  leader.leave();
  await store.close();
});

it('without the certificate it is unreachable, and says what the server said', async () => {
  const store = lab.store({ credentials: { rootCertificate: certificates.ca.pem } });
  const error = await new Promise<unknown>((resolve) => {
    store.lock('tls/c', { id: 'a' }).subscribe({ error: resolve });
  });
  expect(error).toMatchObject({ code: 'store-unreachable' });
  expect(String((error as Error).cause)).toMatch(/certificate|SSL|TLS|UNAVAILABLE/i);
});
