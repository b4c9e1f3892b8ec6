import type { Network } from './network.js';
import type { Node } from './node.js';

/** Milliseconds without a leader, at most, though somebody could lead; see `docs/reliability.md`. */
export interface Bounds {
  /** After a fault of candidates or of their way to the servers. */
  readonly ofClients: number;
  /** After a fault of the servers, which may have to elect a leader of their own first. */
  readonly ofServers: number;
}

/** Three servers that make one store, and what an operator can do to them. */
export interface Cluster {
  readonly nodes: readonly Node[];
  readonly ttl: number;
  readonly bounds: Bounds;
  /** For how long two may believe that they lead after the claim of one was deleted or its session ended. */
  readonly forced: number;
  /**
   * Whether a server that stood still while it led may end sessions that its successor renewed.
   * Then the old leader learns of it by its watch, as when an operator does that.
   */
  readonly endsSessionsEarly: boolean;
  /** Whether nobody gets the key of an ended session before its holder knows. */
  readonly delaysAfterSession: boolean;
  /** Whether clients know all servers, or one each. */
  readonly oneServerEach: boolean;
  /** What the candidate with this number is given to reach the store. */
  url(client: number): string;
  /** Resolves when all servers serve. */
  ready(): Promise<void>;
  /** The server that leads the others; `undefined` while there is none, or nobody says so. */
  leader(): Promise<Node | undefined>;
  /** The claims of an election, the leader's first. */
  claims(key: string): Promise<string[]>;
  deleteClaim(claim: string): Promise<void>;
  overwriteClaim(claim: string): Promise<void>;
  endSession(claim: string): Promise<void>;
  /** How many sessions of candidates there are. */
  sessions(): Promise<number>;
  /** Forgets the past of the store, where it keeps one. */
  compact?(): Promise<void>;
  /** What candidates may do: nothing, and all that they need again. */
  revoke?(): Promise<void>;
  grant?(): Promise<void>;
}

export type StartCluster = (network: Network) => Promise<Cluster>;

/** Asks one server after the other, until one answers. */
export async function anyOf<T>(
  nodes: readonly Node[],
  ask: (node: Node) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const node of nodes) {
    if (!node.isUp) continue;
    try {
      const answer = await ask(node);
      if (answer !== undefined) return answer;
    } catch {
      // It may be down, or without the others.
    }
  }
  return undefined;
}
