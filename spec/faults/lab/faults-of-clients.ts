import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '../history.js';
import { lasts, newLeader, partition, silence, type Fault, type Strike } from './strike.js';

const nodes = ['n1', 'n2', 'n3'];

async function kill(strike: Strike): Promise<void> {
  const { victim, lab } = strike;
  await victim.kill();
  lab.judge();
  await lasts(strike, 0.1, 0.5);
  victim.restart();
  lab.judge();
}

/** Its work ends the process. */
async function exit(strike: Strike): Promise<void> {
  const { victim, lab } = strike;
  victim.do({ do: 'exit' });
  await Promise.race([victim.exited, sleep(1_000)]); // only a leader does
  lab.judge();
  await lasts(strike, 0.1, 0.5);
  victim.restart();
  lab.judge();
}

async function stop(strike: Strike): Promise<void> {
  const { victim, lab } = strike;
  victim.stop();
  lab.judge();
  await lasts(strike, 0.3, 2);
  victim.goOn();
  lab.judge();
}

/** A leader stops between its look and its deed, until another one leads. */
async function pause(strike: Strike): Promise<void> {
  const { victim, lab } = strike;
  const since = now();
  victim.do({ do: 'pause' });
  victim.ill();
  lab.judge();
  for (let left = 25; left > 0 && !victim.noted('pausing', since); left -= 1) await sleep(20);
  if (victim.noted('pausing', since)) await newLeader(strike);
  victim.wake();
  victim.well();
  lab.judge();
}

async function block(strike: Strike): Promise<void> {
  const { victim, lab } = strike;
  const ms = lab.cluster.ttl * strike.chance.between(1.1, 1.8);
  victim.do({ do: 'block', ms });
  victim.ill();
  lab.judge();
  await sleep(ms);
  victim.well();
  lab.judge();
}

const cut: Fault = (strike) => partition(strike, [strike.victim.name], nodes, [0.3, 2]);
/** It hears nothing, and is heard. */
const deaf: Fault = (strike) => silence(strike, nodes, [strike.victim.name], [0.3, 2]);
/** It is not heard, and hears all. */
const mute: Fault = (strike) => silence(strike, [strike.victim.name], nodes, [0.3, 2]);
const cutFollower: Fault = (strike) => {
  const follower = strike.chance.pick(strike.lab.followers);
  return partition(strike, [follower.name], nodes, [0.5, 2]);
};

async function slow(strike: Strike): Promise<void> {
  const { lab, victim } = strike;
  await lab.network.slowDown(victim.name, 2 * lab.cluster.ttl);
  lab.judge();
  await lasts(strike, 1.5, 3);
  await lab.network.speedUp(victim.name);
  lab.judge();
}

/** Some packets arrive, some do not. */
async function loss(strike: Strike): Promise<void> {
  const { lab, victim, chance } = strike;
  const until = now() + lab.cluster.ttl * chance.between(1, 2);
  victim.ill();
  lab.judge();
  while (now() < until) {
    const ends = [[victim.name], nodes];
    const [from, to] = chance.pick([ends, ends.toReversed()]) as [string[], string[]];
    await lab.network.cut(from, to);
    await sleep(chance.between(20, 150));
    await lab.network.heal(from, to);
    await sleep(chance.between(20, 150));
  }
  victim.well();
  lab.judge();
}

async function reset({ lab, victim, chance }: Strike): Promise<void> {
  for (let left = chance.between(2, 10); left > 0; left -= 1) {
    for (const node of nodes) await lab.network.reset(victim.name, node);
    await sleep(chance.between(10, 120));
  }
}

/** What it asks for is done, but no answer comes, and then the connection breaks. */
async function loseReplies(strike: Strike): Promise<void> {
  const { lab, victim } = strike;
  for (let left = 3; left > 0; left -= 1) {
    await silence(strike, nodes, [victim.name], [0.1, 0.3]);
    for (const node of nodes) await lab.network.reset(victim.name, node);
    await sleep(strike.chance.between(50, 300));
  }
}

/** Its clock is set to another time of day, hours away. */
async function setClock({ victim, chance }: Strike): Promise<void> {
  const hour = 3_600_000;
  victim.do({ do: 'clock', by: chance.pick([-1, 1]) * chance.between(hour, 5 * hour) });
  await sleep(200);
}

async function resign({ victim }: Strike): Promise<void> {
  victim.do({ do: 'resign' });
  await sleep(300);
}

/** What an operator does to the claim of the leader. */
function byHand(
  what: (strike: Strike, claim: string) => Promise<void>,
  isForced: (strike: Strike) => boolean = () => true,
): Fault {
  return async (strike) => {
    const { lab } = strike;
    const [claim] = await lab.cluster.claims(lab.key).catch(() => []);
    if (claim === undefined) return;
    const done = () => what(strike, claim).catch(() => undefined); // it may be gone by itself
    await (isForced(strike) ? lab.forced(done) : done());
    await sleep(200);
  };
}

const deleteClaim = byHand(({ lab }, claim) => lab.cluster.deleteClaim(claim));
const overwriteClaim = byHand(({ lab }, claim) => lab.cluster.overwriteClaim(claim));
const endSession = byHand(
  ({ lab }, claim) => lab.cluster.endSession(claim),
  ({ lab }) => !lab.cluster.delaysAfterSession,
);

/** Three hundred more candidates at once. Each that leads resigns at once; then they are killed. */
async function crowd(strike: Strike): Promise<void> {
  const { lab } = strike;
  const many = lab.crowd();
  for (let left = 400; left > 0 && many.said.length === 0; left -= 1) await sleep(50);
  if (many.said.length === 0) lab.note('not all of the crowd have come');
  // Then it is the crowd's turn.
  for (let left = lab.candidates.length; left > 0; left -= 1) {
    lab.leading?.do({ do: 'resign' });
    await sleep(200);
  }
  await lasts(strike, 0.5, 1);
  await many.kill();
}

export const faultsOfClients = {
  kill,
  exit,
  stop,
  pause,
  block,
  cut,
  deaf,
  mute,
  cutFollower,
  slow,
  loss,
  reset,
  loseReplies,
  setClock,
  resign,
  deleteClaim,
  overwriteClaim,
  endSession,
  crowd,
} satisfies Record<string, Fault>;
