import { onCommand, tell } from '../worker-process.js';

tell({ started: process.argv.slice(2) });
onCommand((command) => {
  if (command === 'fail') throw new Error('as told');
  tell({ echo: command });
});
