import { uptime } from 'node:os';
import { monotonicClock, sleepAware, type Clock } from '../../lib/clock.js';

/** The clock of a store on this machine: monotonic, and the time since boot. */
export const machineClock: Clock = sleepAware(monotonicClock, () => uptime() * 1_000);
