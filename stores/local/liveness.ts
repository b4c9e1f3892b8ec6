import { readdirSync } from 'node:fs';
import type { SchedulerLike, Subscription } from 'rxjs';
import { after } from '../shared/timers.js';
import type { Directory } from './directory.js';
import { hasDied, isPopulated, killGroup, machineNow, type ProcessMark } from './machine.js';
import {
  parseSession,
  readSession,
  removeDraft,
  removeSession,
  type SessionRecord,
} from './session-file.js';

/** How often the processes are looked at on whose death somebody waits. Nothing tells it. */
const lookEvery = 40;
/** So many ttls a session must not have changed that keeps time by another clock. */
const patience = 1.5;
/** The ttl of a session that nobody can read: it was cut off by a loss of power. */
const ttlOfTheUnreadable = 15_000;

/**
 * Which sessions of other processes are over, for good. One is when its file is gone, when its
 * process is certainly dead, or when its deadline has passed. Where its clock cannot be compared
 * with ours (after a restart of the machine, say), when it has not been renewed for 1.5 ttls.
 */
export class Liveness {
  readonly #directory: Directory;
  readonly #scheduler: SchedulerLike;
  readonly #self: ProcessMark;
  readonly #watched = new Map<string, Set<() => void>>();
  /** Of sessions with clocks of their own: what they said, and since when. */
  readonly #seen = new Map<string, { readonly text: string; readonly since: number }>();
  #timer: Subscription | undefined;

  constructor(directory: Directory, scheduler: SchedulerLike, self: ProcessMark) {
    this.#directory = directory;
    this.#scheduler = scheduler;
    this.#self = self;
  }

  /** Throws when that cannot be known now. */
  isOver(session: string): boolean {
    // Before the file is read. Who renews asks the clock after that was written, and believes in
    // it only if the deadline before it has not passed: so one of the two sees the other.
    const asked = machineNow();
    const text = readSession(this.#directory, session);
    if (text === undefined) this.#directory.checkThere();
    if (text !== undefined && !this.#isPast(session, text, asked)) return false;
    this.#seen.delete(session);
    if (text !== undefined) removeSession(this.#directory, session);
    return true;
  }

  /** `over` is told soon after a session is over. Call the result to stop. */
  watch(session: string, over: () => void): () => void {
    const watchers = this.#watched.get(session) ?? new Set();
    this.#watched.set(session, watchers.add(over));
    this.#timer ??= this.#lookLater();
    return () => {
      watchers.delete(over);
      if (watchers.size === 0 && this.#watched.get(session) === watchers)
        this.#watched.delete(session);
      if (this.#watched.size > 0) return;
      this.#timer?.unsubscribe();
      this.#timer = undefined;
    };
  }

  /** Sessions of processes that are gone, which nobody has asked for since. */
  removeLeftovers(): void {
    for (const name of readdirSync(this.#directory.sessions)) {
      const session = /^\.(.+)\.new$/.exec(name)?.[1] ?? name;
      // Its file is removed already if it was there. One that has come meanwhile is a new one.
      if (this.isOver(session)) removeDraft(this.#directory, session);
    }
  }

  #isPast(session: string, text: string, asked: bigint): boolean {
    const record = parseSession(text);
    return this.#isUp(session, text, record, asked) && this.#isDeserted(record);
  }

  /**
   * Whether nobody is left who acts for a session whose time is up. What its process has left behind
   * is killed, which takes a moment. In another container their numbers mean something else: there
   * the deadline alone counts.
   */
  #isDeserted(record: SessionRecord | undefined): boolean {
    if (record?.groups === undefined || record.pids !== this.#self.pids) return true;
    const left = record.groups.filter(isPopulated);
    left.forEach(killGroup);
    return left.length === 0;
  }

  #isUp(session: string, text: string, record: SessionRecord | undefined, asked: bigint): boolean {
    if (record !== undefined && hasDied(record, this.#self)) return true;
    if (record?.clock !== undefined && record.clock === this.#self.clock)
      return asked > record.deadline;
    const seen = this.#seen.get(session);
    const now = this.#scheduler.now();
    if (seen?.text !== text) this.#seen.set(session, { text, since: now });
    else if (now - seen.since > patience * (record?.ttl ?? ttlOfTheUnreadable)) return true;
    return false;
  }

  #lookLater(): Subscription {
    return after(this.#scheduler, lookEvery, () => {
      this.#timer = this.#watched.size > 0 ? this.#lookLater() : undefined;
      for (const [session, watchers] of [...this.#watched])
        if (this.#isOverNow(session)) for (const over of [...watchers]) over();
    });
  }

  #isOverNow(session: string): boolean {
    try {
      return this.isOver(session);
    } catch {
      return false; // nobody knows; asked again soon
    }
  }
}
