import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ADDRESS, AppModule } from './app.js';

// #region main
const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
app.enableShutdownHooks(); // else a signal ends the process without releasing leadership
await app.listen(new URL(ADDRESS).port, '127.0.0.1');
// #endregion
console.log('listens');
