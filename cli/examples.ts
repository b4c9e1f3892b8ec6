/** Of each command, for its help and its page. */
export const examples: Readonly<Record<string, readonly string[]>> = {
  run: [
    'rx-leadership run nightly -- ./backup.sh',
    'rx-leadership run jobs --store etcd://127.0.0.1:2379 --ttl 10s --grace 1s -- node worker.js',
    `rx-leadership run migrate --once --timeout 1m -- sh -c 'migrate --fence "$LEADERSHIP_TOKEN"'`,
  ],
  elect: ['rx-leadership elect jobs', 'rx-leadership elect jobs --json --data "http://$HOSTNAME"'],
  follow: ['rx-leadership follow jobs', 'rx-leadership follow jobs --json | jq .leader.id'],
  leader: [
    'rx-leadership leader jobs',
    'rx-leadership leader jobs --wait --timeout 10s || echo "nobody leads"',
  ],
  candidates: ['rx-leadership candidates jobs', 'rx-leadership candidates jobs --json'],
  resign: ['rx-leadership resign jobs', 'rx-leadership resign jobs --yes --timeout 1m'],
  serve: [
    'rx-leadership serve jobs --store etcd://127.0.0.1:2379',
    'curl --fail --head http://127.0.0.1:6060/leader',
  ],
  dashboard: [
    'rx-leadership dashboard jobs mails --store etcd://127.0.0.1:2379',
    'rx-leadership dashboard jobs --step-down',
  ],
  doctor: ['rx-leadership doctor', 'rx-leadership doctor etcd://127.0.0.1:2379 --json'],
  demo: ['rx-leadership demo', 'rx-leadership demo | cat'],
  completion: [
    'source <(rx-leadership completion bash)',
    'rx-leadership completion fish > ~/.config/fish/completions/rx-leadership.fish',
  ],
};

/** What the help of a command ends with. */
export function helpOfExamples(command: string): string {
  const lines = examples[command]?.map((example) => `  ${example}`) ?? [];
  return lines.length === 0 ? '' : `\nExamples:\n${lines.join('\n')}`;
}
