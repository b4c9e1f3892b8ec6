/** One way to do leader election: with its own client, hence its own connection. */
export interface Side {
  /** Resolves when connection and session exist. */
  warm(): Promise<void>;
  /** Runs for election. `elected` is called in the moment in which the side itself says so. */
  campaign(key: string, id: string, elected: () => void): Candidacy;
  /** `seen` is called with the id of each new leader. Resolves when it follows. */
  follow(key: string, seen: (id: string | undefined) => void): Promise<Following>;
  /** Gives back all that is left. */
  close(): Promise<void>;
}

export interface Candidacy {
  /** Resolves when the claim is given back. */
  leave(): Promise<void>;
}

export interface Following {
  end(): void;
}

export interface SideOptions {
  /** As `openStore` takes it, without parameters. */
  readonly url: string;
  /** Milliseconds. */
  readonly ttl: number;
}

/** Where the claims of an election lie, so that all sides can be looked at from outside. */
export const prefixes = {
  floor: (key: string) => `${key}/`,
  'rx-leadership': (key: string) => `${key}/`,
  'etcd3 election()': (key: string) => `election/${key}/`,
  'etcdctl elect': (key: string) => `${key}/`,
} as const;
