/** Says what should have been. Runs anywhere, with any runner. */
export class ExpectationFailed extends Error {
  override readonly name = 'ExpectationFailed';
}

/** Throws unless `condition` holds. */
export function expectThat(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ExpectationFailed(message);
}

/** Throws unless both are equal in depth. */
export function expectEqual(actual: unknown, expected: unknown, message = 'not equal'): void {
  if (isDeepEqual(actual, expected)) return;
  throw new ExpectationFailed(
    `${message}\n  got:      ${print(actual)}\n  expected: ${print(expected)}`,
  );
}

/**
 * Equality of what marble tests compare: primitives (also `bigint` and `NaN`), arrays, plain
 * objects and errors by their contents; functions and anything with an identity of its own, such
 * as an `AbortSignal`, by that identity.
 */
export function isDeepEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (!isObject(one) || !isObject(other)) return false;
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
  if (one instanceof Error) return isSameError(one, other as Error);
  if (!hasContents(one)) return false;
  const [names, others] = [Object.keys(one), Object.keys(other)];
  return names.length === others.length && names.every((name) => isEqualAt(name, one, other));
}

function isEqualAt(name: string, one: object, other: object): boolean {
  if (!Object.hasOwn(other, name)) return false;
  const [here, there] = [Reflect.get(one, name), Reflect.get(other, name)] as [unknown, unknown];
  // Records carry a `toJSON` of their own each: what they are is what the other members say.
  if (name === 'toJSON' && typeof here === 'function') return typeof there === 'function';
  return isDeepEqual(here, there);
}

function isSameError(one: Error, other: Error): boolean {
  return one.name === other.name && one.message === other.message;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function hasContents(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value) as unknown;
  // The messages of a TestScheduler are instances of its own class.
  return prototype === Object.prototype || prototype === null || 'notification' in value;
}

/** For messages: JSON, with what JSON cannot say. */
export function print(value: unknown): string {
  const text = JSON.stringify(value, (_name, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    if (part === undefined) return 'undefined';
    if (part instanceof Error) return `${part.name}: ${part.message}`;
    return part;
  }) as string | undefined;
  return text ?? String(value);
}
