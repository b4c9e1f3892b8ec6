import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it, vi } from 'vitest';
import { SessionLease } from '../../lib/index.js';

const timing = { ttl: 1000, margin: 200, gap: 500 };

/** A lease on a clock that the test moves, with timers in virtual time. */
function world(withBoot = false) {
  const time = { now: 0, boot: 5_000 };
  const clock = withBoot
    ? { now: () => time.now, sinceBoot: () => time.boot }
    : { now: () => time.now };
  const scheduler = new TestScheduler(() => undefined);
  const sent = { now: 0, sinceBoot: withBoot ? 5_000 : undefined };
  return { time, lease: new SessionLease(timing, sent, clock, scheduler) };
}

describe('a lease counts', () => {
  // Rule 1. Mutant: counting from the acknowledgement (`sent` replaced by the present moment).
  it('from the sending of the last acknowledged renewal, margin taken off', () => {
    const { time, lease } = world();
    expect(lease.validUntil()).toBe(800);
    time.now = 700;
    lease.acknowledged({ now: 250, sinceBoot: undefined });
    expect(lease.validUntil()).toBe(1050);
  });

  it('never back, when acknowledgements overtake each other', () => {
    const { time, lease } = world();
    time.now = 600;
    lease.acknowledged({ now: 500, sinceBoot: undefined });
    lease.acknowledged({ now: 250, sinceBoot: undefined });
    expect(lease.validUntil()).toBe(1300);
  });

  // Rule 2. Mutants: ignoring the clock that runs through sleep; letting it lengthen a lease.
  it('time that the machine slept against the holder, and never in its favour', () => {
    const { time, lease } = world(true);
    Object.assign(time, { now: 100, boot: 5_400 });
    expect(lease.validUntil()).toBe(500);
    Object.assign(time, { now: 100, boot: 1_000 });
    expect(lease.validUntil()).toBe(800);
  });

  // Rule 2. Mutant: reading the time of day.
  it('nothing of the time of day', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { lease } = world();
    vi.setSystemTime(new Date(0));
    expect(lease.validUntil()).toBe(800);
    vi.useRealTimers();
  });
});

describe('a lease ends', () => {
  // Rule 3. Mutant: an acknowledgement revives whatever the clock says.
  it('for good at its deadline: what is acknowledged after it revives nothing', () => {
    const { time, lease } = world();
    time.now = 800;
    expect(lease.acknowledged({ now: 700, sinceBoot: undefined })).toBe(false);
    expect(lease.state).toBe('over');
    time.now = 801;
    expect(lease.acknowledged({ now: 800, sinceBoot: undefined })).toBe(false);
    expect([lease.validUntil(), lease.isLive()]).toEqual([800, false]);
  });

  // Rule 3. Mutant: a lease that is over may be acknowledged again.
  it('for good, also when the clock that runs through sleep is set back after that', () => {
    const { time, lease } = world(true);
    Object.assign(time, { now: 100, boot: 9_000 });
    lease.end();
    Object.assign(time, { now: 110, boot: 5_110 });
    expect(lease.acknowledged({ now: 105, sinceBoot: 5_105 })).toBe(false);
    expect(lease.state).toBe('over');
  });

  it('before its time when the session is gone, and tells so once', () => {
    const { time, lease } = world();
    const states: string[] = [];
    lease.state$.subscribe({ next: (s) => states.push(s), complete: () => states.push('done') });
    time.now = 100;
    lease.doubt();
    lease.doubt();
    lease.end();
    lease.end();
    expect(states).toEqual(['live', 'suspended', 'over', 'done']);
    expect(lease.validUntil()).toBe(-Infinity);
  });

  it('comes back from doubt by an acknowledgement in time', () => {
    const { lease } = world();
    const states: string[] = [];
    lease.doubt();
    lease.state$.subscribe((state) => states.push(state));
    lease.acknowledged({ now: 10, sinceBoot: undefined });
    expect(states).toEqual(['suspended', 'live']);
  });
});

describe('runsOut', () => {
  it('tells when no more than `before` is left, moves with renewals, shares one timer', () => {
    const told: string[] = [];
    const scheduler = new TestScheduler(() => undefined);
    scheduler.run(() => {
      const clock = { now: () => scheduler.now() };
      const lease = new SessionLease(timing, { now: 0, sinceBoot: undefined }, clock, scheduler);
      for (const name of ['a', 'b']) {
        lease.runsOut(300).subscribe(() => told.push(`${name} ${String(scheduler.now())}`));
      }
      expect(scheduler.actions).toHaveLength(1);
      scheduler.schedule(() => lease.acknowledged({ now: 400, sinceBoot: undefined }), 400);
    });
    expect(told).toEqual(['a 900', 'b 900']);
  });

  it('tells at once when the lease is over', () => {
    const { lease } = world();
    const told = vi.fn();
    lease.runsOut(0).subscribe(told);
    lease.end();
    lease.runsOut(0).subscribe(told);
    expect(told).toHaveBeenCalledTimes(2);
  });
});
