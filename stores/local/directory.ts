import { chmodSync, existsSync, mkdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LeadershipError } from '../../lib/errors.js';
import { failures } from './failures.js';

/** Their caches can hide what another machine has written: so two could lead. */
const networkFileSystems: Readonly<Record<number, string>> = {
  0x6969: 'NFS',
  0xfe534d42: 'SMB',
  0xff534d42: 'CIFS',
  0x517b: 'SMB',
  0x65735546: 'FUSE',
  0x01021997: '9P',
  0x5346414f: 'AFS',
  0x00c36400: 'Ceph',
};

/** Where the processes meet: a folder of sessions, and one with a folder for each election. */
export class Directory {
  readonly path: string;
  readonly sessions: string;
  readonly elections: string;
  #mode = 0o700;

  constructor(path: string) {
    this.path = path;
    this.sessions = join(path, 'sessions');
    this.elections = join(path, 'elections');
  }

  /** Of new files: whoever may use the directory may read them. */
  get fileMode(): number {
    return this.#mode & 0o666;
  }

  /** Makes what is missing, and refuses a directory that cannot be trusted. */
  open(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    const mode = statSync(this.path).mode & 0o777;
    if ((mode & 0o002) !== 0)
      throw this.#refusal(
        'everybody may write there, and so lead: chmod o-w, or take one below it',
      );
    const network = networkFileSystems[statfsSync(this.path).type >>> 0];
    if (network !== undefined)
      throw this.#refusal(`it is on ${network}, where two could lead: take one on a local disk`);
    this.#mode = mode;
    this.makeFolder(this.sessions);
    this.makeFolder(this.elections);
  }

  /** With the rights of the directory, whatever the process is set to take away. */
  makeFolder(path: string): void {
    try {
      mkdirSync(path, { mode: this.#mode });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
      throw error;
    }
    chmodSync(path, this.#mode);
  }

  /** What is not there was never made, or was removed; or is the whole directory out of reach? */
  checkThere(): void {
    if (existsSync(this.sessions) && existsSync(this.elections)) return;
    throw failures.unreachable(`the directory ${this.path} is not there`);
  }

  #refusal(why: string): LeadershipError {
    return new LeadershipError('unsupported', `local: the directory ${this.path}: ${why}`);
  }
}
