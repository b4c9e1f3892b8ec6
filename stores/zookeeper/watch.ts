import type { Link, OneShot } from './client-link.js';

/**
 * A watch that is set with a read and tells its listener once, though it may come later than the
 * news.
 */
export class Watch implements OneShot {
  readonly #link: Link;
  readonly #path: string;
  #outcome: 'changed' | 'deleted' | 'broken' | undefined;
  #listener: OneShot | undefined;

  constructor(link: Link, path: string) {
    this.#link = link;
    this.#path = path;
  }

  /** Whether nothing has happened, and nothing can have been missed. */
  get lives(): boolean {
    return this.#outcome === undefined;
  }

  fired(isDeleted: boolean): void {
    this.#end(isDeleted ? 'deleted' : 'changed');
  }

  broken(): void {
    this.#end('broken');
  }

  listen(listener: OneShot): void {
    this.#listener = listener;
    this.#tell();
  }

  stop(): void {
    this.#listener = undefined;
    this.#link.unwatch(this.#path, this);
  }

  #end(outcome: 'changed' | 'deleted' | 'broken'): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#tell();
  }

  #tell(): void {
    if (this.#outcome === 'broken') this.#listener?.broken();
    else if (this.#outcome !== undefined) this.#listener?.fired(this.#outcome === 'deleted');
  }
}
