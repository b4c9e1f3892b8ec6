import type { LeadershipStore } from '../../lib/contract.js';
import { LeadershipError } from '../../lib/errors.js';
import { readNamedFile } from '../shared/files.js';
import { loadClient } from './client.js';
import type { EtcdStoreOptions } from './options.js';
import { etcdStore } from './store.js';

/** Paths of PEM files. */
export interface EtcdFiles {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** A store as a URL names it. */
export interface EtcdAddress {
  /** With `http://` or `https://`. */
  readonly hosts: string[];
  /** `undefined`: no TLS. */
  readonly files: EtcdFiles | undefined;
  readonly auth: { readonly username: string; readonly password: string } | undefined;
  readonly prefix: string;
  readonly durations: Pick<EtcdStoreOptions, 'ttl' | 'margin' | 'staleAfter'>;
}

/** Opens it once the files are read and the npm client is there. */
export async function openEtcdStore(address: EtcdAddress): Promise<LeadershipStore> {
  const { hosts, files, auth, prefix, durations } = address;
  const credentials = files && (await credentialsOf(files));
  const options: EtcdStoreOptions = {
    hosts,
    prefix,
    ...durations,
    ...(auth && { auth }),
    ...(credentials && { credentials }),
  };
  await loadClient(options);
  return etcdStore(options);
}

/** Without a file for the authority, those of the system are trusted. */
async function credentialsOf({
  ca,
  cert,
  key,
}: EtcdFiles): Promise<EtcdStoreOptions['credentials']> {
  if (ca === undefined) {
    if (cert === undefined) return undefined;
    const message = 'a client certificate needs the file of the authority too: write ca=';
    throw new LeadershipError('invalid-option', message);
  }
  return {
    rootCertificate: await readNamedFile('ca', ca),
    ...(cert !== undefined && { certChain: await readNamedFile('cert', cert) }),
    ...(key !== undefined && { privateKey: await readNamedFile('key', key) }),
  };
}
