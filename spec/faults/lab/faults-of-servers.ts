import { setTimeout as sleep } from 'node:timers/promises';
import type { Node } from './node.js';
import { lasts, partition, silence, type Fault, type Strike } from './strike.js';

const nodes = ['n1', 'n2', 'n3'];
const everybody = ['c1', 'c2', 'c3', 'c4', 'c5', 'f1', 'f2', 'x1'];

/** The server that the victim is connected to. */
function connected({ lab, victim }: Strike): Promise<Node> {
  return lab.serverOf(victim);
}

/** The server that leads the others. */
async function leading({ lab, chance }: Strike): Promise<Node> {
  return (await lab.cluster.leader()) ?? chance.pick(lab.cluster.nodes);
}

type Which = (strike: Strike) => Promise<Node>;

const kill =
  (which: Which): Fault =>
  async (strike) => {
    const node = await which(strike);
    await node.kill();
    strike.lab.judge();
    await lasts(strike, 0.1, 1.5);
    node.revive();
    strike.lab.judge();
  };

const freeze =
  (which: Which): Fault =>
  async (strike) => {
    const node = await which(strike);
    node.freeze();
    strike.lab.judge();
    await lasts(strike, 0.3, 2.2);
    node.thaw();
    strike.lab.judge();
  };

const others = (node: Node) => nodes.filter((name) => name !== node.name);

async function cutLeader(strike: Strike): Promise<void> {
  const node = await leading(strike);
  await partition(strike, [node.name], others(node), [1, 2]);
}

async function deafLeader(strike: Strike): Promise<void> {
  const node = await leading(strike);
  await silence(strike, others(node), [node.name], [1, 2]);
}

async function muteLeader(strike: Strike): Promise<void> {
  const node = await leading(strike);
  await silence(strike, [node.name], others(node), [1, 2]);
}

/** One server and the leading candidate on this side, everybody else on the other. */
const minority =
  (which: Which): Fault =>
  async (strike) => {
    const node = await which(strike);
    const here = [node.name, strike.victim.name];
    const there = [...nodes, ...everybody].filter((name) => !here.includes(name));
    await partition(strike, here, there, [1, 2.2]);
  };

/** The same, and the majority forgets meanwhile what it did not write down. */
async function minorityRestart(strike: Strike): Promise<void> {
  const node = await connected(strike);
  const here = [node.name, strike.victim.name];
  const there = [...nodes, ...everybody].filter((name) => !here.includes(name));
  const restarted = async () => {
    await lasts(strike, 0.05, 0.3);
    const majority = strike.lab.cluster.nodes.filter((other) => other !== node);
    await Promise.all(majority.map((other) => other.kill()));
    strike.lab.judge();
    for (const other of majority) other.revive();
    strike.lab.judge();
  };
  await Promise.all([partition(strike, here, there, [1.5, 2.5]), restarted()]);
}

/** The leader of the servers and another one do not hear each other; the third one hears both. */
async function bridge(strike: Strike): Promise<void> {
  const node = await leading(strike);
  await partition(strike, [node.name], [strike.chance.pick(others(node))], [1, 2.5]);
}

async function loseQuorum(strike: Strike): Promise<void> {
  const { lab, chance } = strike;
  const two = chance.shuffle(lab.cluster.nodes).slice(0, 2);
  await Promise.all(two.map((node) => node.kill()));
  lab.judge();
  await lasts(strike, 0.5, 1.8);
  for (const node of two) node.revive();
  lab.judge();
}

async function rollingRestart({ lab, chance }: Strike): Promise<void> {
  for (const node of chance.shuffle(lab.cluster.nodes)) {
    await node.kill();
    lab.judge();
    node.revive();
    lab.judge();
    await lab.cluster.ready().catch(() => undefined); // other faults may keep it from that
    await sleep(chance.between(100, 500));
  }
}

/** One server has no room left on its disk; then it has, and is started anew. */
async function fillDisk(strike: Strike): Promise<void> {
  const node = await strike.chance.pick([connected, leading])(strike);
  node.spoil();
  strike.lab.judge();
  const free = node.fillDisk();
  await lasts(strike, 0.5, 1.5);
  await node.kill();
  free();
  node.revive();
  node.mend();
  strike.lab.judge();
}

/** Somebody who waits is cut off, and what it did not see is forgotten. */
async function compact(strike: Strike): Promise<void> {
  const { lab, chance, victim } = strike;
  const waiting = chance.pick(lab.candidates.filter((candidate) => candidate !== victim));
  const meanwhile = async () => {
    await sleep(100);
    victim.do({ do: 'resign' });
    await sleep(300);
    await lab.cluster.compact?.();
  };
  await Promise.all([partition(strike, [waiting.name], nodes, [0.5, 1.2]), meanwhile()]);
}

async function revokeRights(strike: Strike): Promise<void> {
  const { lab } = strike;
  lab.lockOut();
  await lab.cluster.revoke?.();
  await lasts(strike, 0.5, 1.5);
  await lab.cluster.grant?.();
  lab.letIn();
}

export const faultsOfServers = {
  killServer: kill(connected),
  freezeServer: freeze(connected),
  killStoreLeader: kill(leading),
  freezeStoreLeader: freeze(leading),
  cutStoreLeader: cutLeader,
  deafStoreLeader: deafLeader,
  muteStoreLeader: muteLeader,
  minority: minority(connected),
  minorityWithStoreLeader: minority(leading),
  minorityRestart,
  bridge,
  loseQuorum,
  rollingRestart,
  fillDisk,
  compact,
  revokeRights,
} satisfies Record<string, Fault>;
