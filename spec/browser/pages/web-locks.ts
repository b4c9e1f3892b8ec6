// Runs in each tab: a candidate, a follower, and the suite that every store must pass.
import { Subscription } from 'rxjs';
import { campaign, describeLeadership, follow, type Leadership, type Term } from 'rx-leadership';
import { webLocksStore } from 'rx-leadership/stores/web-locks';
import { conformance, type ConformanceFaults } from 'rx-leadership/testing';

interface Locks {
  request(name: string, options: object, hold: () => void): Promise<void>;
  query: () => Promise<{ held: { name: string }[] }>;
}
declare const navigator: { readonly locks: Locks };
declare const document: EventTarget;

const ttl = 3_000; // a shorter one is lost now and then when the machine is busy
const cases = new Map<string, () => Promise<void>>();
const running = new Subscription();
let store = webLocksStore({ ttl });
let leadership: Leadership | undefined;
let term: Term | undefined;
const views: object[] = [];

/** What somebody could do who knows the name of the lock, and must not. */
async function steal(isIt: (parts: string[]) => boolean): Promise<void> {
  const { held } = await navigator.locks.query();
  const found = held.find(
    ({ name }) => name.startsWith('rx-') && isIt(JSON.parse(name.slice(14)) as string[]),
  );
  if (found === undefined) throw new Error('there is no such lock');
  await navigator.locks.request(found.name, { steal: true }, () => undefined);
}

function stall(duration: number): void {
  const until = performance.now() + duration;
  while (performance.now() < until);
}

async function sessionOf(key: string, id: string): Promise<string> {
  const { held } = await navigator.locks.query();
  const claims = held.map(({ name }) => JSON.parse(name.slice(14)) as string[]);
  return claims.find((parts) => parts[1] === 'claim' && parts[2] === key && parts[5] === id)![4]!;
}

const faults: ConformanceFaults = {
  deleteClaim: (key, id) =>
    steal((parts) => parts[1] === 'claim' && parts[2] === key && parts[5] === id),
  endSession: async (key, id) => {
    const session = await sessionOf(key, id);
    await steal((parts) => parts[1] === 'session' && parts[2] === session);
  },
};

conformance({
  test: (name, run) => cases.set(name, run),
  open: () => webLocksStore({ ttl }),
  ttl,
  faults,
});

Object.assign(globalThis, {
  runCase: (name: string) => cases.get(name)!(),
  use: (options: object) => {
    store = webLocksStore(options);
  },
  run: (id: string, data?: string) => {
    running.add(
      campaign(store, { key: 'jobs', id, data, retry: { initial: 50, longest: 100 } }).subscribe(
        (state) => {
          leadership = state;
          if (state.elected) term = state.term;
        },
      ),
    );
  },
  look: () => ({
    state: leadership && describeLeadership(leadership),
    elected: leadership?.elected === true && leadership.term.isValid(),
    token: term && String(term.token),
    isValid: term?.isValid(),
    aborted: term?.signal.aborted,
  }),
  stop: () => running.unsubscribe(),
  close: () => store.close(),
  follow: () => {
    follow(store, 'jobs').subscribe(({ leader, stale }) =>
      views.push({ leader: leader?.id, data: leader?.data, stale }),
    );
  },
  views: () => views,
  /** As a browser does it, which tells the page before. */
  freeze: (duration: number) => {
    document.dispatchEvent(new Event('freeze'));
    setTimeout(() => stall(duration));
  },
  /** Nothing else runs meanwhile, as in a tab that stands still and was not told before. */
  stall: (duration: number) => {
    stall(duration);
    return { isValid: term?.isValid(), aborted: term?.signal.aborted };
  },
  /** The browser does not answer any more. */
  deafen: () => {
    navigator.locks.query = () => new Promise(() => undefined);
  },
  steal: () => steal((parts) => parts[1] === 'turn' && parts[2] === 'jobs'),
});
