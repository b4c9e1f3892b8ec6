import { Inject } from '@nestjs/common';
import type { Elections } from './elections.js';
import { Elections as ElectionsToken } from './elections.js';

/** Under which a gated class keeps the elections: injected as a property. */
const gate = Symbol.for('rx-leadership.nestjs.elections');

/** What a decorated method is for, as metadata of the method. */
const purpose = Symbol.for('rx-leadership.nestjs.purpose');

export interface Purpose {
  readonly kind: 'leader-only' | 'on-elected' | 'on-revoked' | 'while-leader';
  readonly name: string;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Runs the method only while this process leads; else it returns `undefined`, and does nothing.
 * Goes with `@Cron`, `@Interval`, `@EventPattern` and the like, above or below them.
 *
 * It asks once, at the call, and by the clock. What takes long should stop with its term: see
 * {@link WhileLeader}.
 *
 * @example
 * class Reports {
 *   @Cron('0 3 * * *')
 *   @LeaderOnly('service/reports')
 *   send() {}
 * }
 * @param name The election, of `forFeature`.
 */
export function LeaderOnly(name: string): MethodDecorator {
  return (target, method, descriptor) => {
    Inject(ElectionsToken)(target, gate);
    const original = descriptor.value as Method;
    const guarded = function (this: { [gate]?: Elections }, ...args: unknown[]): unknown {
      const elections = this[gate];
      if (elections === undefined)
        throw new Error(`@LeaderOnly on ${String(method)}: import LeadershipModule.forRoot`);
      return elections.get(name).isLeader ? original.apply(this, args) : undefined;
    };
    copyMetadata(original, guarded);
    note(guarded, { kind: 'leader-only', name });
    descriptor.value = guarded as never;
  };
}

/**
 * Calls the method with each term that this process begins to lead. What it throws is logged.
 *
 * @param name The election, of `forFeature`.
 */
export const OnElected = (name: string) => marks({ kind: 'on-elected', name });

/**
 * Calls the method with each term that is over, and why it ended. What it throws is logged.
 *
 * @param name The election, of `forFeature`.
 */
export const OnRevoked = (name: string) => marks({ kind: 'on-revoked', name });

/**
 * Calls the method with each term, and lets what it returns work for as long as the term lasts: an
 * Observable is unsubscribed at the signal of the term; a promise is waited for before the key is
 * released, within the drain. An error ends the term as failed work, and is logged.
 *
 * @param name The election, of `forFeature`.
 */
export const WhileLeader = (name: string) => marks({ kind: 'while-leader', name });

function marks(what: Purpose): MethodDecorator {
  return (_target, _method, descriptor) => {
    note(descriptor.value as object, what);
  };
}

/** A method may have several: two elections, or a start and an end. */
function note(method: object, what: Purpose): void {
  Reflect.defineMetadata(purpose, [...purposesOf(method), what], method);
}

export function purposesOf(method: object): readonly Purpose[] {
  return (Reflect.getMetadata(purpose, method) as readonly Purpose[] | undefined) ?? [];
}

/** Decorators below have written on the method that is wrapped; and its name and length are asked for. */
function copyMetadata(from: Method, to: object): void {
  for (const key of Reflect.getMetadataKeys(from) as unknown[])
    Reflect.defineMetadata(key, Reflect.getMetadata(key, from), to);
  Object.defineProperty(to, 'name', { value: from.name });
  Object.defineProperty(to, 'length', { value: from.length });
}
