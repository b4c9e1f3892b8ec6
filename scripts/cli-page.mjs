// Writes docs/cli.md from the definitions of the command line, and records its demo as text:
//
//     node --import tsx scripts/cli-page.mjs [--check | --record]
//
// With --check it writes nothing, and exits with 1 when the page differs; with --record it runs the
// demo again, and puts what it wrote into the page.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { examples } from '../cli/examples.ts';
import { makeProgram } from '../cli/program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = `${root}docs/cli.md`;
const before = readFileSync(file, 'utf8');

/** What is written here stands between a mark and the next heading of a page's part, or its end. */
const marks = { recording: '<!-- recording -->\n', commands: '<!-- commands -->\n' };

function boundsOf(text, mark) {
  const start = text.indexOf(mark) + mark.length;
  const end = text.indexOf('\n## ', start);
  return [start, end < 0 ? text.length : end];
}

const between = (text, mark) => text.slice(...boundsOf(text, mark));

function replaced(text, mark, content) {
  const [start, end] = boundsOf(text, mark);
  return text.slice(0, start) + content + text.slice(end);
}

const fence = (language, text) => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
const cell = (text) => text.replaceAll('|', '\\|');

function section(command) {
  const rows = command.options.map(
    ({ flags, description, defaultValue, defaultValueDescription }) => {
      const value = defaultValueDescription ?? defaultValue;
      const fallback = value === undefined ? '' : ` Default: ${value}.`;
      return `| \`${flags}\` | ${cell(description)}.${fallback} |`;
    },
  );
  const table = rows.length === 0 ? [] : ['| option | |', '| --- | --- |', ...rows];
  return [
    `### \`${command.name()}\`: ${command.summary()}`,
    fence('text', `rx-leadership ${command.name()} ${command.usage()}`),
    command.description(),
    table.join('\n'),
    ...(examples[command.name()] === undefined
      ? []
      : [fence('sh', examples[command.name()].join('\n'))]),
  ].join('\n\n');
}

function record() {
  const args = ['--import', 'tsx', 'cli/main.ts', 'demo'];
  return `\n${fence('text', execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }))}\n`;
}

const recording = process.argv.includes('--record') ? record() : between(before, marks.recording);
const commands = `\n${makeProgram().commands.map(section).join('\n\n')}\n`;
const recorded = replaced(before, marks.recording, recording);
const text = replaced(recorded, marks.commands, commands);
const wanted = await format(text, { ...(await resolveConfig(file)), filepath: file });

if (wanted !== before) {
  if (process.argv.includes('--check')) {
    console.error('docs/cli.md disagrees with cli/: run `npm run docs:cli`');
    process.exitCode = 1;
  } else {
    writeFileSync(file, wanted);
  }
}
