import { statSync, watch, type FSWatcher } from 'node:fs';
import type { SchedulerLike, Subscription } from 'rxjs';
import { after } from '../shared/timers.js';
import { Claims } from './claims.js';
import type { Directory } from './directory.js';

/**
 * The folder of one election, kept in sight for all who are interested in it. The notices of the
 * file system are hints that may be missed; so everybody is told to look now and then, too.
 */
export class Folder {
  readonly claims: Claims;
  readonly #scheduler: SchedulerLike;
  readonly #lookEvery: number;
  readonly #ended: () => void;
  readonly #listeners = new Set<() => void>();
  #watcher: FSWatcher | undefined;
  #inode: number | undefined;
  #timer: Subscription | undefined;
  #telling = false;

  constructor(claims: Claims, scheduler: SchedulerLike, lookEvery: number, ended: () => void) {
    this.claims = claims;
    this.#scheduler = scheduler;
    this.#lookEvery = lookEvery;
    this.#ended = ended;
  }

  /** Told to look, now and then, and soon after something has changed. Call the result to stop. */
  listen(look: () => void): () => void {
    this.#listeners.add(look);
    if (this.#timer === undefined) this.#start();
    return () => {
      this.#listeners.delete(look);
      if (this.#listeners.size === 0) this.#stop();
    };
  }

  /** Tells all to look. */
  tell(): void {
    for (const look of [...this.#listeners]) look();
  }

  #start(): void {
    this.#watch();
    this.#timer = after(this.#scheduler, this.#lookEvery, () => {
      this.#start();
      this.tell();
    });
  }

  /** Makes the folder, if nobody has run yet; and watches it anew if it is another one by now. */
  #watch(): void {
    try {
      this.claims.makeFolder();
      const { ino } = statSync(this.claims.path);
      if (this.#watcher !== undefined && this.#inode === ino) return;
      this.#watcher?.close();
      this.#inode = ino;
      this.#watcher = watch(this.claims.path, () => this.#tellSoon());
      this.#watcher.on('error', () => this.#unwatch());
    } catch {
      this.#unwatch(); // looked at all the same, now and then
    }
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** Several notices come at once. */
  #tellSoon(): void {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      this.tell();
    });
  }

  #stop(): void {
    this.#unwatch();
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#ended();
  }
}

/** The folders of all elections that somebody is interested in. */
export class Folders {
  readonly #directory: Directory;
  readonly #scheduler: SchedulerLike;
  readonly #lookEvery: number;
  readonly #folders = new Map<string, Folder>();

  constructor(directory: Directory, scheduler: SchedulerLike, lookEvery: number) {
    this.#directory = directory;
    this.#scheduler = scheduler;
    this.#lookEvery = lookEvery;
  }

  /** `name`: of the election's folder. */
  of(name: string): Folder {
    const known = this.#folders.get(name);
    if (known !== undefined) return known;
    const claims = new Claims(this.#directory, name);
    const folder = new Folder(claims, this.#scheduler, this.#lookEvery, () => {
      if (this.#folders.get(name) === folder) this.#folders.delete(name);
    });
    this.#folders.set(name, folder);
    return folder;
  }
}
