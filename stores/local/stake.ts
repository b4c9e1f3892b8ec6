import type { ClaimRequest } from '../../lib/contract.js';
import type { Session } from '../shared/session.js';
import type { PlaceListener, Stake } from '../shared/stake.js';
import { claimText } from './claim-file.js';
import { translate } from './failures.js';
import type { Folder } from './folder.js';
import type { Liveness } from './liveness.js';
import { Place } from './place.js';
import { removeOver } from './queue.js';
import type { LocalSession } from './session.js';

export interface StakeSurroundings {
  readonly folder: Folder;
  readonly liveness: Liveness;
  readonly session: Session<LocalSession>;
}

let claimsOfThisProcess = 0;

/** A claim: one file, whose number is its place and, when its turn comes, its token. */
export class LocalStake implements Stake {
  readonly #surroundings: StakeSurroundings;
  readonly #text: string;
  #number: bigint | undefined;
  #inFlight: Promise<unknown> | undefined;

  constructor(surroundings: StakeSurroundings, { id, data }: ClaimRequest) {
    this.#surroundings = surroundings;
    const session = surroundings.session.driver.name;
    claimsOfThisProcess += 1;
    const claim = data === undefined ? { session, id } : { session, id, data };
    this.#text = claimText(claim, claimsOfThisProcess);
  }

  get token(): bigint | undefined {
    return this.#number;
  }

  get mayExist(): boolean {
    return this.#number !== undefined;
  }

  /** Nothing that was written can arrive later. */
  get lastSent(): number {
    return -Infinity;
  }

  async quiet(): Promise<void> {
    await this.#inFlight?.catch(() => undefined);
  }

  async attempt(): Promise<void> {
    const attempt = this.#attempt();
    this.#inFlight = attempt;
    await attempt;
  }

  stand(listener: PlaceListener): () => void {
    const place = new Place({ ...this.#surroundings, stake: this, listener });
    place.stand();
    return () => place.leave();
  }

  /** Whether the file is there, as it was written. */
  isThere(): boolean {
    const { claims } = this.#surroundings.folder;
    return this.#number !== undefined && claims.read(this.#number) === this.#text;
  }

  /** Always certain. What another hand wrote over it stays. */
  release(): Promise<{ readonly certain: true }> {
    const number = this.#number;
    try {
      if (number !== undefined && this.isThere()) this.#surroundings.folder.claims.remove(number);
      this.#number = undefined;
      return Promise.resolve({ certain: true });
    } catch (error) {
      return Promise.reject(translate('release a claim', error));
    }
  }

  /** There is nothing to wait for. */
  lieInWait(): () => void {
    return () => undefined;
  }

  async #attempt(): Promise<void> {
    const { folder, session, liveness } = this.#surroundings;
    const { claims } = folder;
    try {
      claims.removeLeftovers((owner) => liveness.isOver(owner));
      removeOver(claims, liveness);
      this.#number ??= claims.add(this.#text, session.driver.name);
      await claims.keep();
    } catch (error) {
      throw translate('stake a claim', error);
    }
  }
}
