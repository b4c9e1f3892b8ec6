// The feed behind Express, behind Fastify and in a program of NestJS.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import express from 'express';
import fastify from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { askToStepDown, campaign } from 'rx-leadership';
import { electionsOf, leadershipFeed, type FeedAction } from 'rx-leadership/feed';
import { memoryStore } from 'rx-leadership/stores/memory';

const store = memoryStore();
const key = 'service/jobs/leader';
campaign(store, { key, id: 'ann' }).subscribe();
const userOf = ({ headers }: IncomingMessage) => headers['x-user'];

// #region authorize
const feed = leadershipFeed(electionsOf(store, [key]), {
  dashboard: true,
  cors: ['https://app.example'], // pages of this origin may read it too
  authorize: (request, action: FeedAction) =>
    action === 'look' ? userOf(request) !== undefined : userOf(request) === 'on-call',
  stepDown: (election, request) =>
    askToStepDown(store, election, `dashboard-${String(userOf(request))}`),
});
// #endregion

// #region express
const app = express();
app.use('/leadership', feed);
// #endregion
const overExpress = app.listen(0, '127.0.0.1');

// #region fastify
const server = fastify();
server.all('/leadership/*', (request, reply) => {
  reply.hijack(); // the feed answers, not Fastify
  request.raw.url = request.raw.url?.replace('/leadership', ''); // or give the feed its `path`
  feed(request.raw, reply.raw);
});
// #endregion
await server.listen({ port: 0, host: '127.0.0.1' });

@Module({ imports: [] })
class AppModule {
  readonly name = 'app';
}
// #region nest
const nest = await NestFactory.create(AppModule, { logger: false });
nest.use('/leadership', feed);
// #endregion
await nest.listen(0, '127.0.0.1');

/** What each of them answers first. */
async function ask(name: string, address: unknown) {
  const url = `http://127.0.0.1:${(address as AddressInfo).port}/leadership/events`;
  const refused = await fetch(url);
  await refused.text();
  const { body } = await fetch(url, { headers: { 'x-user': 'eve' } });
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('"id":"ann"')) text += (await reader.read()).value ?? '';
  await reader.cancel();
  console.log(`${name}: ${refused.status} for strangers, ann for eve`);
}

await ask('Express', overExpress.address());
await ask('Fastify', server.server.address());
await ask('NestJS', (nest.getHttpServer() as { address(): unknown }).address());

feed.close();
for (const http of [overExpress, server.server, nest.getHttpServer() as typeof overExpress]) {
  http.close();
  http.closeAllConnections(); // `fetch` keeps some open
}
await Promise.all([server.close(), nest.close(), store.close()]);
