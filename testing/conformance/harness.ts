import type { LeadershipStore } from '../../lib/index.js';
import type { Bench } from './bench.js';

/** How a store and its surroundings are handed to the suite. */
export interface ConformanceHarness {
  /**
   * Registers a case with your runner. Cases can run side by side, and should, a dozen at a time:
   * most of them wait.
   * Limits are derived from the ttl; give the runner a time-out of at least ten of them.
   */
  readonly test: (name: string, run: () => Promise<void>) => void;
  /** The same for cases that trouble all others, or would be troubled. Default: `test`. */
  readonly testAlone?: (name: string, run: () => Promise<void>) => void;
  /**
   * Reports a case that cannot run, and why. Default: a case that does nothing, whose name says
   * so: none is left out without a word.
   */
  readonly skip?: (name: string, why: string) => void;
  /** Opens a store on the backend under test. Each call plays a process of its own. */
  readonly open: () => LeadershipStore | Promise<LeadershipStore>;
  /** The ttl of these stores. Milliseconds; the shorter, the faster the suite. */
  readonly ttl: number;
  readonly manifest?: StoreManifest;
  readonly faults?: ConformanceFaults;
}

/** What a store does not promise. Data, not code: cases that ask for it are skipped by name. */
export interface StoreManifest {
  /** Claims are served in the order in which they were staked. Default true. */
  readonly queue?: boolean;
  /** `waiting` says how many claims are ahead. Default true. */
  readonly ahead?: boolean;
  /** `contenders` shows everyone in the queue, not only the leader. Default true. */
  readonly contenders?: boolean;
  /** A claim may ask for a ttl of its own. Default true. */
  readonly ownTtl?: boolean;
  /** Claims survive a restart of the server. Default true. */
  readonly durable?: boolean;
  /** What an operator writes over a claim stays when the session of the claim ends. Default true. */
  readonly keepsOverwritten?: boolean;
  /**
   * How long, after the last renewal that got through, the key may stay taken when its holder has
   * crashed. Default: the ttl and one second.
   */
  readonly hold?: number;
  /** How long a watch may count as fresh without contact. Default: half the ttl, at least 1 000. */
  readonly staleAfter?: number;
}

/** An ability that a case asks for. */
export type Ability = 'queue' | 'ahead' | 'contenders' | 'ownTtl' | 'durable' | 'keepsOverwritten';

type Undo = () => void | Promise<void>;

/** Levers of the surroundings. Each is optional: cases that need a missing one are skipped. */
export interface ConformanceFaults {
  /** An operator deletes the claim of `id` on `key`. */
  readonly deleteClaim?: (key: string, id: string) => void | Promise<void>;
  /** An operator writes over the leader's claim. `deleteClaim(key, id)` must remove it after that. */
  readonly overwriteClaim?: (key: string, id: string) => void | Promise<void>;
  /** An operator ends the session that holds the claim of `id` on `key`. */
  readonly endSession?: (key: string, id: string) => void | Promise<void>;
  /** Nothing passes between this store and the server, neither way. The result mends it. */
  readonly cut?: (store: LeadershipStore) => Undo | Promise<Undo>;
  /** What the server sends to this store is late: it arrives when the result is called. */
  readonly holdReplies?: (store: LeadershipStore) => Undo | Promise<Undo>;
  /** The server stops where it stands. The result lets it go on. */
  readonly freeze?: () => Undo | Promise<Undo>;
  /** The server is killed and started again with its data. Resolves when it serves. */
  readonly restart?: () => void | Promise<void>;
  /** Opens a store whose server is not there. */
  readonly openUnreachable?: () => LeadershipStore | Promise<LeadershipStore>;
  /**
   * Runs `closingScenarios[name]` with a store of this kind in a process of its own, and resolves
   * with the exit code of that process. It must end by itself: nobody calls `process.exit`.
   */
  readonly runAlone?: (name: string) => Promise<number | null>;
}

/** One promise of the contract, with the means to check it. */
export interface ConformanceCase {
  readonly name: string;
  readonly asks?: readonly Ability[];
  readonly needs?: readonly (keyof ConformanceFaults)[];
  /** It troubles every store of the server, or blocks the thread. */
  readonly alone?: true;
  readonly run: (bench: Bench) => Promise<void>;
}
