import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { access, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Directory } from './directory.js';
import { failures, says } from './failures.js';
import type { GroupMark, ProcessMark } from './machine.js';

/** What a session tells of itself to other processes. */
export interface SessionRecord extends ProcessMark {
  /** In milliseconds. */
  readonly ttl: number;
  /** Of the clock of `ProcessMark`: after this it is over, and can never come back. */
  readonly deadline: bigint;
  /** Who acts for its terms too: see `listProcessGroup`. */
  readonly groups?: readonly GroupMark[];
}

/** A name that no other session has had. */
export function newSessionName(): string {
  return `${String(process.pid)}-${randomBytes(8).toString('hex')}`;
}

/** The file by which other processes see a session. Rewritten with each renewal, in one step. */
export class SessionFile {
  readonly name: string;
  readonly #directory: Directory;
  readonly #file: string;
  readonly #draft: string;

  constructor(directory: Directory, name: string) {
    this.name = name;
    this.#directory = directory;
    this.#file = join(directory.sessions, name);
    this.#draft = join(directory.sessions, `.${name}.new`);
  }

  /** In one step: whoever is killed meanwhile leaves nothing that others cannot read. */
  async create(record: SessionRecord): Promise<void> {
    for (;;) {
      await writeFile(this.#draft, textOf(record), { mode: this.#directory.fileMode });
      try {
        await rename(this.#draft, this.#file);
        return;
      } catch (error) {
        if (!says(error, 'ENOENT')) throw error;
        // Somebody took it for what a process had left behind that was killed.
      }
    }
  }

  /** Rejects with `session-lost` when somebody has removed it. */
  async renew(record: SessionRecord): Promise<void> {
    await writeFile(this.#draft, textOf(record), { mode: this.#directory.fileMode });
    try {
      await access(this.#file);
    } catch (error) {
      throw says(error, 'ENOENT') ? failures.sessionLost('its file was removed') : error;
    }
    await rename(this.#draft, this.#file);
  }

  async remove(): Promise<void> {
    await rm(this.#draft, { force: true });
    await rm(this.#file, { force: true });
    this.#directory.checkThere(); // else nothing was removed
  }
}

function textOf({ deadline, ...record }: SessionRecord): string {
  return JSON.stringify({ ...record, deadline: String(deadline) });
}

/** `undefined`: there is no such session. */
export function readSession({ sessions }: Directory, name: string): string | undefined {
  try {
    return readFileSync(join(sessions, name), 'utf8');
  } catch (error) {
    if (says(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Of a session that is over. */
export function removeSession(directory: Directory, name: string): void {
  rmSync(join(directory.sessions, name), { force: true });
  removeDraft(directory, name);
}

/** Of a session that was never there, or is over. */
export function removeDraft({ sessions }: Directory, name: string): void {
  rmSync(join(sessions, `.${name}.new`), { force: true });
}

/** `undefined`: nobody can tell what it says. */
export function parseSession(text: string): SessionRecord | undefined {
  try {
    const record = JSON.parse(text) as Omit<SessionRecord, 'deadline'> & { deadline: string };
    return { ...record, deadline: BigInt(record.deadline) };
  } catch {
    return undefined;
  }
}
