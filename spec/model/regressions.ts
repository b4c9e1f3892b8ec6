/** Programs that once broke something, with what that was. */
export const regressions: readonly (readonly [what: string, program: string])[] = [
  [
    'work after a pause was refused by `waitUntil`, and its candidate left the race for good',
    '0 a join, 0 b join, 2500 a pause, 300 a join, 0 a join, 1200 a join, 0 a join',
  ],
  [
    'a term that began when its session had been ended was taken for a second leader',
    '0 a join, 0 b join, 700 a join, 0 a mute, 1200 a join, 0 b slow, 700 a join, 0 b expire, 0 a join',
  ],
  [
    'a renewal just before a pause was recorded after it, and taken for one after the deadline',
    '0 a join, 0 b join, 2500 a join, 2500 a join, 0 a delete, 700 a join, 100 a join, 100 a join, 0 b stop, 700 a pause, 1200 a join, 0 a join, 0 a join, 100 a join',
  ],
];
