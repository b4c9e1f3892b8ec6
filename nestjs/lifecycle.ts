import { Logger } from '@nestjs/common';
import type { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { EMPTY, type Observable, type ObservableInput } from 'rxjs';
import type { Term, TermEnd } from '../lib/index.js';
import { tapLeadership } from '../operators/tap-leadership.js';
import { whileLeader } from '../operators/while-leader.js';
import { purposesOf, type Purpose } from './decorators.js';
import type { Election, Elections } from './elections.js';

type Method = (term: Term, ended?: TermEnd) => unknown;

/**
 * Joins the elections when the application is up, and leaves them before it goes down: first the
 * leadership is released, while everything that the work needs is still there, then connections are
 * closed.
 */
export class Lifecycle {
  readonly #elections: Elections;
  readonly #discovery: DiscoveryService;
  readonly #scanner: MetadataScanner;
  readonly #log = new Logger('Leadership');

  constructor(elections: Elections, discovery: DiscoveryService, scanner: MetadataScanner) {
    this.#elections = elections;
    this.#discovery = discovery;
    this.#scanner = scanner;
  }

  onApplicationBootstrap(): void {
    this.#connectMethods();
    for (const election of this.#elections.all()) election.start();
    setImmediate(() => this.#warnWithoutHooks()).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.#elections.all().map((election) => election.stop()));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#elections.close();
  }

  #connectMethods(): void {
    for (const { instance } of [
      ...this.#discovery.getProviders(),
      ...this.#discovery.getControllers(),
    ]) {
      if (typeof instance !== 'object' || instance === null) continue;
      const target = instance as Record<string, unknown>;
      const prototype = Object.getPrototypeOf(target) as object | null;
      if (prototype === null) continue;
      for (const name of this.#scanner.getAllMethodNames(prototype)) {
        const method = target[name];
        if (typeof method !== 'function') continue;
        for (const what of purposesOf(method)) this.#connect(what, target, method as Method);
      }
    }
  }

  /** Names that no election has are told at the start, not when something should have run. */
  #connect({ kind, name }: Purpose, target: object, method: Method): void {
    const election = this.#elections.get(name);
    const call = (...args: Parameters<Method>) =>
      this.#logged(name, () => method.apply(target, args));
    if (kind === 'on-elected')
      this.#run(election, tapLeadership({ elected: (term) => void call(term) }));
    else if (kind === 'on-revoked')
      this.#run(election, tapLeadership({ revoked: (term, ended) => void call(term, ended) }));
    else if (kind === 'while-leader')
      this.#run(
        election,
        whileLeader((term) => this.#workOf(name, term, method.bind(target)), { onError: 'resign' }),
      );
  }

  #run(
    { name, leadership$ }: Election,
    operator: (source$: Election['leadership$']) => Observable<unknown>,
  ): void {
    leadership$.pipe(operator).subscribe({ error: (error: unknown) => this.#failed(name, error) });
  }

  async #logged(name: string, run: () => unknown): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#failed(name, error);
    }
  }

  #workOf(name: string, term: Term, work: Method): ObservableInput<unknown> {
    try {
      const result = work(term);
      return isInput(result) ? result : EMPTY;
    } catch (error) {
      this.#failed(name, error);
      throw error;
    }
  }

  #failed(name: string, error: unknown): void {
    this.#log.error(
      `${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }

  #warnWithoutHooks(): void {
    if (process.listenerCount('SIGTERM') > 0) return;
    this.#log.warn(
      'shutdown hooks are off, so a signal ends this process without releasing leadership: call app.enableShutdownHooks()',
    );
  }
}

function isInput(result: unknown): result is ObservableInput<unknown> {
  return (
    typeof result === 'object' && result !== null && ('subscribe' in result || 'then' in result)
  );
}
