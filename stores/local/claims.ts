import { linkSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Directory } from './directory.js';
import { says } from './failures.js';

/** What lies in the folder of an election. */
export interface Listing {
  /** The numbers of the claims, the smallest first. */
  readonly claims: readonly bigint[];
  /** The largest number that was ever taken, as far as the folder knows; 0 if none. */
  readonly highest: bigint;
}

const claimName = /^\d+$/;
const takenName = /^(\d+)\.taken$/;
const leftoverName = /^\.(.+)\.new$/;

/**
 * The claims of one election, as files: `7` is a claim, whose content never changes; `7.taken` says
 * that the number was taken, and stays until a higher one is, so that no number is given out again.
 *
 * Everything here takes microseconds and is done at once: what another process does between two
 * steps is then rare. It is safe whenever it happens.
 */
export class Claims {
  readonly path: string;
  readonly #directory: Directory;

  /** `name`: of the election's folder. */
  constructor(directory: Directory, name: string) {
    this.#directory = directory;
    this.path = join(directory.elections, name);
  }

  makeFolder(): void {
    this.#directory.makeFolder(this.path);
  }

  list(): Listing {
    const claims: bigint[] = [];
    let highest = 0n;
    for (const name of this.#names()) {
      const number = claimName.test(name) ? name : takenName.exec(name)?.[1];
      if (number === undefined) continue;
      const value = BigInt(number);
      if (value > highest) highest = value;
      if (number === name) claims.push(value);
    }
    return { claims: claims.sort((a, b) => (a < b ? -1 : 1)), highest };
  }

  /** `undefined`: there is no such claim. */
  read(number: bigint): string | undefined {
    try {
      return readFileSync(this.#file(number), 'utf8');
    } catch (error) {
      if (!says(error, 'ENOENT')) throw error;
      this.#directory.checkThere();
      return undefined;
    }
  }

  /** Removes a claim that was given up, or whose session is over. */
  remove(number: bigint): void {
    try {
      unlinkSync(this.#file(number));
    } catch (error) {
      if (!says(error, 'ENOENT')) throw error;
    }
  }

  /**
   * Writes a claim behind all others, and returns its number. `owner` names what is left behind when
   * the process is killed meanwhile.
   */
  add(content: string, owner: string): bigint {
    for (;;) {
      const number = this.#take(content, owner);
      // Somebody may have taken a number and given it back between two of our steps, perhaps while
      // this process was stopped. Whoever is there already may lead: so never stand before them.
      if (this.list().highest === number) {
        this.#tidy(number);
        return number;
      }
      this.remove(number);
    }
  }

  /** Resolves when a loss of power cannot make a number be given out again. */
  async keep(): Promise<void> {
    const folder = await open(this.path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** What processes have left behind that were killed in the middle of `add`. */
  removeLeftovers(isOver: (owner: string) => boolean): void {
    for (const name of this.#names()) {
      const owner = leftoverName.exec(name)?.[1];
      if (owner !== undefined && isOver(owner)) rmSync(join(this.path, name), { force: true });
    }
  }

  /** A number of its own, and the claim under it. */
  #take(content: string, owner: string): bigint {
    const draft = join(this.path, `.${owner}.new`);
    this.#write(draft, content);
    try {
      for (;;) {
        const number = this.list().highest + 1n;
        // At both links one alone succeeds. The first one is not enough: while this process was
        // stopped after its look, others may have taken this number and a higher one. What said
        // that it was taken is removed then, but the claim may be there, and lead.
        const file = this.#file(number);
        if (link(draft, `${file}.taken`) && link(draft, file)) return number;
      }
    } finally {
      rmSync(draft, { force: true });
    }
  }

  #write(file: string, content: string): void {
    const write = () => writeFileSync(file, content, { mode: this.#directory.fileMode });
    try {
      write();
    } catch (error) {
      if (!says(error, 'ENOENT')) throw error;
      this.makeFolder();
      write();
    }
  }

  #tidy(number: bigint): void {
    for (const name of this.#names()) {
      const taken = takenName.exec(name)?.[1];
      if (taken !== undefined && BigInt(taken) < number)
        rmSync(join(this.path, name), { force: true });
    }
  }

  #names(): string[] {
    try {
      return readdirSync(this.path);
    } catch (error) {
      if (!says(error, 'ENOENT')) throw error;
      this.#directory.checkThere();
      return []; // nobody ever ran
    }
  }

  #file(number: bigint): string {
    return join(this.path, String(number));
  }
}

/** Whether `name` is a new name of a file; `false` when it was the name of one already. */
function link(file: string, name: string): boolean {
  try {
    linkSync(file, name);
    return true;
  } catch (error) {
    if (says(error, 'EEXIST')) return false;
    throw error;
  }
}
