import { LeadershipError } from '../../lib/errors.js';
import type { Secrets } from '../shared/failures.js';
import type { EtcdClient, EtcdClientOptions, Interceptor } from './client.js';
import { isTokenRefused } from './failures.js';

/**
 * Logs in with user and password, and puts the token on every call.
 *
 * The npm client can do this itself, but on a connection of its own that it neither watches nor
 * closes: once that one is cut off silently, nobody can log in for a quarter of an hour. And it
 * never renews the token of a stream.
 */
export class Login {
  readonly interceptor: Interceptor;
  readonly #auth: EtcdClientOptions['auth'];
  readonly #secrets: Secrets;
  #token: string | undefined;
  #needless = false;
  #underWay: Promise<void> | undefined;

  constructor(auth: EtcdClientOptions['auth'], secrets: Secrets) {
    this.#auth = auth;
    this.#secrets = secrets;
    this.interceptor = (options, nextCall) => {
      const call = nextCall(options);
      const start = call.start.bind(call);
      const token = this.#token;
      call.start = (metadata, listener) => {
        if (token !== undefined) metadata.set('token', token);
        start(metadata, {
          ...listener,
          onReceiveStatus: (status) => {
            const refused = isTokenRefused(status.details);
            if (refused) this.#forget(token);
            // In the server's own words the client would log in and repeat without an end.
            const details = refused ? status.details.replace('etcdserver: ', '') : status.details;
            listener?.onReceiveStatus?.({ ...status, details });
          },
        });
      };
      return call as never; // typed as a class, used as an interface
    };
  }

  /** The server no longer accepts the token: the next call logs in anew. */
  forget(): void {
    this.#token = undefined;
    this.#needless = false;
  }

  /** Resolves when there is a token, or none is needed. */
  async ready(client: EtcdClient, limit: number): Promise<void> {
    if (this.#auth === undefined || this.#token !== undefined || this.#needless) return;
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
