// Shows that the tests of the safety rules see their guards missing: takes each guard out of a copy
// of the tree (spec/mutants/*.json) and runs the test that is said to notice. `npm run mutants
// [-- part of a file name or of a rule]`. Exits 1 when a mutant lives, or no longer applies.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [only] = process.argv.slice(2);
const copy = mkdtempSync(join(tmpdir(), 'mutants-of-rx-leadership-'));
const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
  encoding: 'utf8',
});
for (const file of tracked.split('\n').filter(Boolean))
  cpSync(file, join(copy, file), { recursive: true });
for (const folder of ['node_modules', '.servers'])
  symlinkSync(join(process.cwd(), folder), join(copy, folder));

/** Runs the test named by a mutant; `undefined` when it ran no test at all. */
function passes({ project, spec, test }) {
  const args = ['vitest', 'run', '--project', project, spec, '-t', test, '--reporter', 'json'];
  const { stdout } = spawnSync('npx', args, { cwd: copy, encoding: 'utf8', timeout: 180_000 });
  try {
    const report = JSON.parse(stdout.slice(stdout.indexOf('{')));
    const ran = report.numPassedTests + report.numFailedTests;
    return ran === 0 ? undefined : report.numFailedTests === 0;
  } catch {
    return undefined;
  }
}

const mutants = readdirSync('spec/mutants')
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) =>
    JSON.parse(readFileSync(join('spec/mutants', file), 'utf8')).map((mutant) => ({
      ...mutant,
      from: file,
    })),
  )
  .filter(
    ({ from, rule, without }) => only === undefined || `${from} ${rule} ${without}`.includes(only),
  );

let killed = 0;
for (const { rule, without, file, find, replace, ...where } of mutants) {
  const path = join(copy, file);
  const whole = readFileSync(path, 'utf8');
  const name = `rule ${rule}, ${file} without ${without}`;
  if (whole.split(find).length !== 2) {
    console.log(`stale   ${name}: its text is there ${whole.split(find).length - 1} times`);
    continue;
  }
  const before = passes(where);
  writeFileSync(
    path,
    whole.replace(find, () => replace),
  );
  const after = passes(where);
  writeFileSync(path, whole);
  const verdict =
    before !== true ? 'no test' : after === undefined ? 'broken' : after ? 'LIVES' : 'killed';
  if (verdict === 'killed') killed += 1;
  console.log(`${verdict.padEnd(7)} ${name}  [${where.spec} > ${where.test}]`);
}
rmSync(copy, { recursive: true, force: true });
console.log(`${killed} of ${mutants.length} mutants killed`);
process.exitCode = killed === mutants.length ? 0 : 1;
