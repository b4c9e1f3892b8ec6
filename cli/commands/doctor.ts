import type { Command } from 'commander';
import {
  examineClock,
  examineContact,
  examineElection,
  examineTiming,
  failing,
  scratchKey,
  type Finding,
} from '../doctor/examinations.js';
import { examineVersion } from '../doctor/version.js';
import { CommandError, exitCodeOf, exitCodes } from '../exit-codes.js';
import { certainView, patience } from '../first-answer.js';
import { jsonOption, storeOption, type StoreOption } from '../options.js';
import { hasColour, print } from '../output.js';
import { storeUrl, withStore } from '../store.js';

interface DoctorOptions extends StoreOption {
  readonly json?: true;
}

export function doctor(program: Command): void {
  program
    .command('doctor')
    .summary('examine a store, and say what to mend')
    .description(
      'Connects, and checks contact, version, timing, permissions, the lease that is granted and the clock, with an election on a key of its own. Leaves with 0 when elections can be held.',
    )
    .argument('[url]', 'the store, as for --store')
    .addOption(storeOption())
    .addOption(jsonOption())
    .action((url: string | undefined, { store: option, json }: DoctorOptions) => {
      const chosen = storeUrl(url ?? option);
      return withStore(chosen, async (store) => {
        const tell = (finding: Finding) => {
          print(json ? JSON.stringify(finding) : line(finding));
          if (finding.level === 'fail') process.exitCode ??= exitCodes.configuration;
        };
        const key = scratchKey();
        tell(examineTiming(store));
        try {
          await certainView(store, key, () => true, patience);
          tell(await examineVersion(chosen));
          tell(await examineContact(store, key));
          const elect = async () => {
            for (const finding of await examineElection(store, key)) tell(finding);
          };
          tell(await examineClock(elect));
        } catch (error) {
          tell(failing('contact', error));
          throw new CommandError(
            exitCodeOf(error) ?? exitCodes.unreachable,
            'elections cannot be held there',
          );
        }
      });
    });
}

const colours: Readonly<Record<Finding['level'], number>> = { ok: 32, warn: 33, fail: 31 };

function line({ level, what, found, mend }: Finding): string {
  const mark = level.padEnd(4);
  const shown = hasColour(process.stdout)
    ? `\u001b[${String(colours[level])}m${mark}\u001b[39m`
    : mark;
  return `${shown}  ${what.padEnd(11)}  ${found}${mend === undefined ? '' : `\n      ${''.padEnd(11)}  -> ${mend}`}`;
}
