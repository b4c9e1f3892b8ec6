import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { Etcd3 } from 'etcd3';
import { parseStoreUrl } from '../../../stores/store-url.js';
import { onCommand } from '../../support/worker-process.js';
import { candidateOptions } from '../candidate-options.js';
import type { Command } from '../candidate-worker.js';
import { HistoryWriter, now } from '../history.js';
import { setWallClock } from '../wall-clock.js';

// A candidate that is made with somebody else's election, as its documentation shows. It believes
// that it leads from the moment that it is told so until it is told otherwise, and acts meanwhile.

const { values: args } = parseArgs({
  options: {
    ...candidateOptions,
    peer: { type: 'string', default: '' },
    /** Of Consul: where its program is. */
    consul: { type: 'string', default: '' },
  },
});

const { id, key } = args;
const who = `${id}@${process.pid}`;
const rhythm = 20;
const history = new HistoryWriter(args.history);
const register = connect(args.register);
const url = parseStoreUrl(args.store);
const ttl = Number(url.parameters.get('ttl'));
let believed: string | undefined;
let next: Command['do'] | undefined;
let resign: () => void = () => undefined;

function note(what: string): void {
  history.write({ t: now(), who, e: 'note', what });
}

function elected(token: string): void {
  believed = token;
  const t = now();
  history.write({ t, who, e: 'start', term: token, token, until: t + rhythm });
}

function lost(): void {
  if (believed !== undefined) history.write({ t: now(), who, e: 'end', term: believed });
  believed = undefined;
}

function act(): void {
  if (next === 'exit' && believed !== undefined) process.exit(0);
  if (believed === undefined) return;
  look();
  if (next === 'pause') {
    next = undefined;
    note('pausing');
    process.kill(process.pid, 'SIGSTOP');
    note('woke');
  }
  register.write(`${JSON.stringify({ who, token: believed })}\n`);
}

/** It has no deadline: it is sure for now. */
function look(): void {
  if (believed === undefined) return;
  const t = now();
  history.write({ t, who, e: 'probe', term: believed, valid: true });
  history.write({ t, who, e: 'renew', term: believed, until: t + rhythm });
}

function obey(command: Command): void {
  if (command.do === 'resign') resign();
  else if (command.do === 'clock') setWallClock(command.by);
  else if (command.do === 'close') process.exit(0);
  else if (command.do === 'block') {
    const until = now() + command.ms;
    note('blocking');
    let glance = 0;
    while (now() < until) {
      if (now() < glance) continue;
      look();
      glance = now() + rhythm;
    }
    note('unblocked');
  } else if (believed !== undefined) next = command.do;
}

/** The election of the npm package `etcd3`, as its documentation runs it. */
function runEtcd3(): void {
  const { user } = url;
  const client = new Etcd3({
    hosts: url.hosts.map(({ host, port }) => `http://${host}:${port ?? 2379}`),
    ...(user && { auth: user }),
  });
  const election = client.namespace('fault/').election('lab', ttl / 1_000);
  const run = () => {
    const campaign = election.campaign(id);
    let over = false;
    const end = (again: number) => {
      if (over) return; // it may tell more than one error
      over = true;
      lost();
      setTimeout(run, again);
    };
    resign = () => {
      if (believed === undefined) return;
      void campaign.resign().catch(() => undefined);
      end(100);
    };
    campaign.on('elected', () => {
      void campaign
        .getCampaignKey()
        .then((own) => client.get(own).exec())
        .then(({ kvs }) => {
          if (!over && kvs[0]) elected(kvs[0].create_revision);
        })
        .catch(() => undefined);
    });
    campaign.on('error', () => end(500));
  };
  run();
}

/** `consul lock`: it leads while its child runs. What the child is told is the index of the lock. */
function runConsulLock(): void {
  const [server] = url.hosts;
  const address = `http://${server?.host ?? ''}:${server?.port ?? 8500}`;
  const token = url.parameters.get('token') ?? '';
  const run = () => {
    const flags = [`-http-addr=${address}`, `-token=${token}`, '-monitor-retry=3', key];
    // It must not outlive us.
    const lock = ['--pdeathsig', 'KILL', args.consul, 'lock', ...flags];
    const child = spawn('setpriv', [...lock, 'echo leads; exec sleep 100000'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    resign = () => child.kill('SIGTERM');
    child.stdout.on('data', () => {
      void fetch(`${address}/v1/kv/${key}/.lock?consistent`, {
        headers: { 'x-consul-token': token },
      })
        .then((answer) => answer.json() as Promise<{ ModifyIndex: number }[]>)
        .then(([entry]) => entry && elected(String(entry.ModifyIndex)))
        .catch(() => undefined);
    });
    child.once('exit', () => {
      lost();
      setTimeout(run, 500);
    });
  };
  run();
}

register.on('error', () => undefined); // the laboratory is over
process.on('uncaughtException', (error) => note(`uncaught: ${error.message}`));
process.on('unhandledRejection', () => undefined);
setInterval(act, rhythm);
onCommand((command) => obey(command as Command));
if (args.peer === 'etcd3') runEtcd3();
else runConsulLock();
