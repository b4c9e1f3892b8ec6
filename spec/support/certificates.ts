import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './temporary-folder.js';

const run = promisify(execFile);

/** The same thing as a file, for servers, and as bytes, for clients. */
export interface Pem {
  readonly file: string;
  readonly pem: Buffer;
}

export interface KeyPair {
  readonly certificate: Pem;
  readonly key: Pem;
}

/** A private authority, and what it has signed for `localhost` and 127.0.0.1. */
export interface Certificates {
  readonly ca: Pem;
  readonly server: KeyPair;
  readonly client: KeyPair;
  /** Deletes the files. */
  remove(): void;
}

/** Makes all of it anew, in a temporary folder. Needs the program openssl; takes about 0.1 s. */
export async function makeCertificates(): Promise<Certificates> {
  const { path: folder, remove } = temporaryFolder('certificates');
  const pem = (name: string): Pem => {
    const file = join(folder, name);
    return { file, pem: readFileSync(file) };
  };
  const openssl = (command: string) => run('openssl', command.split(' '), { cwd: folder });
  const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';

  await openssl(`req -x509 ${newKey} -days 30 -subj /CN=test-ca -keyout ca.key -out ca.pem`);
  writeFileSync(
    join(folder, 'extensions'),
    'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n',
  );
  const sign = async (name: string): Promise<KeyPair> => {
    await openssl(`req -new ${newKey} -subj /CN=${name} -keyout ${name}.key -out ${name}.csr`);
    await openssl(
      `x509 -req -in ${name}.csr -CA ca.pem -CAkey ca.key -days 30 -extfile extensions -out ${name}.pem`,
    );
    return { certificate: pem(`${name}.pem`), key: pem(`${name}.key`) };
  };
  const [server, client] = [await sign('server'), await sign('client')];
  return { ca: pem('ca.pem'), server, client, remove };
}
