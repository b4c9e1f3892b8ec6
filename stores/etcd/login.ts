import { LeadershipError } from '../../lib/errors.js';
import type { Secrets } from '../shared/failures.js';
import type { EtcdClient, EtcdClientOptions, Metadata, Status } from './client.js';
import { isTokenRefused } from './failures.js';

/**
 * Logs in with user and password, and puts the token on every call.
 *
 * The npm client can do this itself, but on a connection of its own that it neither watches nor
 * closes: once that one is cut off silently, nobody can log in for a quarter of an hour. And it
 * never renews the token of a stream.
 */
export class Login {
  readonly #auth: EtcdClientOptions['auth'];
  readonly #secrets: Secrets;
  #token: string | undefined;
  #needless = false;
  #underWay: Promise<void> | undefined;

  constructor(auth: EtcdClientOptions['auth'], secrets: Secrets) {
    this.#auth = auth;
    this.#secrets = secrets;
  }

  /** Puts the token on a call. Returns it. */
  sign(metadata: Metadata): string | undefined {
    if (this.#token !== undefined) metadata.set('token', this.#token);
    return this.#token;
  }

  /** How a call with `token` ended, for the client. */
  ended(token: string | undefined, status: Status): Status {
    if (!isTokenRefused(status.details)) return status;
    this.#forget(token);
    // In the server's own words the client would log in and repeat without an end.
    return { ...status, details: status.details.replace('etcdserver: ', '') };
  }

  /** The server no longer accepts the token: the next call logs in anew. */
  forget(): void {
    this.#token = undefined;
    this.#needless = false;
  }

  /** Whether there is a token, or none is needed. */
  get isReady(): boolean {
    return this.#auth === undefined || this.#token !== undefined || this.#needless;
  }

  /** Resolves when that is so. */
  async ready(client: EtcdClient, limit: number): Promise<void> {
    if (this.#auth === undefined || this.isReady) return;
    this.#underWay ??= this.#logIn(client, this.#auth, limit).finally(() => {
      this.#underWay = undefined;
    });
    await this.#underWay;
  }

  async #logIn(
    client: EtcdClient,
    { username, password }: NonNullable<EtcdClientOptions['auth']>,
    limit: number,
  ): Promise<void> {
    const request = client.auth.authenticate(
      { name: username, password },
      { deadline: Date.now() + limit },
    );
    const { token } = await request.catch((error: unknown) => {
      // The environment may name a user for servers that ask for none.
      this.#needless = String(error).includes('authentication is not enabled');
      if (this.#needless) return { token: undefined };
      throw error;
    });
    if (token === undefined) return;
    if (token === '') throw new LeadershipError('store-refused', 'etcd: the login gave no token');
    this.#secrets.add(token);
    this.#token = token;
  }

  #forget(token: string | undefined): void {
    if (this.#token === token) this.forget();
  }
}
