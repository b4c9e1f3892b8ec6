import { hostname } from 'node:os';
import type { Observable } from 'rxjs';
import {
  Candidate,
  follow,
  LeadershipError,
  type LeadershipStore,
  type LeaderView,
  type Leadership,
  type Term,
} from '../lib/index.js';
import { openStore } from '../stores/open-store.js';
import type { ElectionOptions, LeadershipModuleOptions } from './options.js';

/** An election in which this application takes part. */
export interface Election {
  readonly name: string;
  /** Whether this process leads now, by the clock. */
  readonly isLeader: boolean;
  /** The term that it leads, if it leads. */
  readonly term: Term | undefined;
  readonly leadership$: Observable<Leadership>;
  readonly view$: Observable<LeaderView>;
  start(): void;
  /** Leaves the race in order; resolves when the claim is given back. */
  stop(): Promise<void>;
}

/**
 * The elections of an application, by name: the same name is the same election, however many modules
 * ask for it. In a test, override this provider: see `FakeElections` of `rx-leadership/nestjs/testing`.
 */
export abstract class Elections {
  /** Of `forFeature`. @throws LeadershipError `invalid-option` when there is none of that name. */
  abstract get(name: string): Election;
  /** Makes it, unless it is there. */
  abstract add(options: ElectionOptions): Election;
  abstract all(): readonly Election[];
  /** After all elections have stopped: closes what was opened for them. */
  abstract close(): Promise<void>;
}

export class StoreElections extends Elections {
  readonly #store: LeadershipStore;
  readonly #isOurs: boolean;
  readonly #id: string;
  readonly #data: string | undefined;
  readonly #elections = new Map<string, Election>();

  private constructor(store: LeadershipStore, { store: given, id, data }: LeadershipModuleOptions) {
    super();
    this.#store = store;
    this.#isOurs = typeof given === 'string';
    this.#id = id ?? `${hostname()}-${String(process.pid)}`;
    this.#data = data;
  }

  static async open(options: LeadershipModuleOptions): Promise<StoreElections> {
    const { store } = options;
    return new StoreElections(typeof store === 'string' ? await openStore(store) : store, options);
  }

  get(name: string): Election {
    const election = this.#elections.get(name);
    if (election === undefined) throw noElection(name, [...this.#elections.keys()]);
    return election;
  }

  add({ key, name = key, ...options }: ElectionOptions): Election {
    const known = this.#elections.get(name);
    if (known !== undefined) return known;
    const given = { data: this.#data, ...options };
    const candidate = new Candidate(this.#store, key, this.#id, given);
    const view$ = follow(this.#store, key);
    const election = new CandidateElection(name, candidate, view$);
    this.#elections.set(name, election);
    return election;
  }

  all(): readonly Election[] {
    return [...this.#elections.values()];
  }

  async close(): Promise<void> {
    if (this.#isOurs) await this.#store.close();
  }
}

class CandidateElection implements Election {
  readonly name: string;
  readonly view$: Observable<LeaderView>;
  readonly #candidate: Candidate;

  constructor(name: string, candidate: Candidate, view$: Observable<LeaderView>) {
    this.name = name;
    this.view$ = view$;
    this.#candidate = candidate;
  }

  get isLeader(): boolean {
    return this.#candidate.isLeader;
  }

  get term(): Term | undefined {
    return this.#candidate.term;
  }

  get leadership$(): Observable<Leadership> {
    return this.#candidate.leadership$;
  }

  start(): void {
    this.#candidate.start();
  }

  stop(): Promise<void> {
    return this.#candidate.stop();
  }
}

function noElection(name: string, known: readonly string[]): LeadershipError {
  const others = known.length === 0 ? 'none' : known.map((each) => JSON.stringify(each)).join(', ');
  return new LeadershipError(
    'invalid-option',
    `there is no election ${JSON.stringify(name)}: import LeadershipModule.forFeature([{ key }]) (there are ${others})`,
  );
}
