import {
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner } from '@nestjs/core';
import { Elections, StoreElections } from './elections.js';
import { LeadershipHealth } from './health.js';
import { Lifecycle } from './lifecycle.js';
import type { ElectionOptions, LeadershipModuleOptions } from './options.js';
import { electionToken, followerToken } from './tokens.js';

const optionsToken = Symbol('rx-leadership.nestjs.options');

/** Options that come from other providers. */
export interface AsyncOptions<T> extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...args: never[]) => T | Promise<T>;
}

/**
 * Elections in a Nest application: it joins them when it is up, and leaves them in order before it
 * goes down.
 *
 * @example
 * Module({
 *   imports: [
 *     LeadershipModule.forRoot({ store: 'etcd://127.0.0.1:2379' }),
 *     LeadershipModule.forFeature([{ key: 'service/reports' }]),
 *   ],
 * })(AppModule);
 */
export class LeadershipModule {
  /** Once in an application. */
  static forRoot(options: LeadershipModuleOptions): DynamicModule {
    return LeadershipModule.forRootAsync({ useFactory: () => options });
  }

  /** As {@link forRoot}, with options that other providers know. */
  static forRootAsync({
    imports = [],
    inject = [],
    useFactory,
  }: AsyncOptions<LeadershipModuleOptions>): DynamicModule {
    return {
      module: LeadershipModule,
      global: true,
      imports: [DiscoveryModule, ...imports],
      providers: [
        { provide: optionsToken, inject, useFactory },
        {
          provide: Elections,
          inject: [optionsToken],
          useFactory: (options: LeadershipModuleOptions) => StoreElections.open(options),
        },
        {
          provide: Lifecycle,
          inject: [Elections, DiscoveryService, MetadataScanner],
          useFactory: (...parts: ConstructorParameters<typeof Lifecycle>) =>
            new Lifecycle(...parts),
        },
        {
          provide: LeadershipHealth,
          inject: [Elections],
          useFactory: (elections: Elections) => new LeadershipHealth(elections),
        },
      ],
      exports: [Elections, LeadershipHealth],
    };
  }

  /** Elections of a module. The same name in two modules is the same election. */
  static forFeature(elections: readonly ElectionOptions[]): DynamicModule {
    return feature(
      elections.map((options) => ({
        name: options.name ?? options.key,
        options: { useFactory: () => options },
      })),
    );
  }

  /** As {@link forFeature}, for one election whose key and options other providers know. */
  static forFeatureAsync({
    name,
    ...options
  }: AsyncOptions<ElectionOptions> & { readonly name: string }): DynamicModule {
    return feature([{ name, options }]);
  }
}

Module({})(LeadershipModule);

/** Nest tells modules apart by their class: each call makes one. */
function feature(
  elections: readonly { name: string; options: AsyncOptions<ElectionOptions> }[],
): DynamicModule {
  class LeadershipFeature {}
  Module({})(LeadershipFeature);
  const providers = elections.flatMap(({ name, options }) => {
    const token = Symbol(`rx-leadership.nestjs.election.${name}`);
    return [
      { provide: token, inject: options.inject ?? [], useFactory: options.useFactory },
      {
        provide: electionToken(name),
        inject: [Elections, token],
        useFactory: (all: Elections, given: ElectionOptions) =>
          all.add({ ...given, name }).leadership$,
      },
      {
        provide: followerToken(name),
        inject: [Elections, token],
        useFactory: (all: Elections, given: ElectionOptions) => all.add({ ...given, name }).view$,
      },
    ];
  });
  return {
    module: LeadershipFeature,
    imports: elections.flatMap(({ options }) => options.imports ?? []),
    providers,
    exports: elections.flatMap(({ name }) => [electionToken(name), followerToken(name)]),
  };
}
