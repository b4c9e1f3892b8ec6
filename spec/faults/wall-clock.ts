const RealDate = Date;

/**
 * Makes the time of day of this process wrong by so many milliseconds, for everybody in it: us, RxJS
 * and the npm clients. Its monotonic clock goes on as before.
 */
export function setWallClock(by: number): void {
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: [] | [number], asked) =>
      Reflect.construct(target, args.length > 0 ? args : [target.now() + by], asked) as Date,
    apply: (target) => new target(target.now() + by).toString(),
    get: (target, name, receiver) =>
      name === 'now' ? () => target.now() + by : (Reflect.get(target, name, receiver) as unknown),
  });
}
