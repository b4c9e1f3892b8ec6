export { watchdog, type WatchdogOptions } from './watchdog.js';
