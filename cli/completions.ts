import type { Command, Option } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

/** What a shell completes for the program: made of the definitions that its help is made of. */
export function completions(program: Command, shell: Shell): string {
  const commands = program.commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    options: command.options,
  }));
  return scripts[shell](commands);
}

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly Option[];
}

const scripts: Readonly<Record<Shell, (commands: readonly Entry[]) => string>> = {
  bash: (commands) => `_rx_leadership() {
  local word=\${COMP_WORDS[COMP_CWORD]} command='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      --) return ;;
      -*) ;;
      *) [[ $command ]] || command=\${COMP_WORDS[i]} ;;
    esac
  done
  case $command in
    '') COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')}' -- "$word")) ;;
${commands.map(({ name, options }) => `    ${name}) COMPREPLY=($(compgen -W '${flags(options).join(' ')}' -- "$word")) ;;`).join('\n')}
  esac
}
complete -o default -F _rx_leadership rx-leadership`,

  zsh: (commands) => `#compdef rx-leadership
_rx_leadership() {
  local -a commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  case $words[2] in
${commands.map(({ name, options }) => `    ${name}) _arguments ${options.map(zshOption).join(' ')} '*: :_default' ;;`).join('\n')}
  esac
}
compdef _rx_leadership rx-leadership`,

  fish: (commands) =>
    commands
      .flatMap(({ name, summary, options }) => [
        `complete -c rx-leadership -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
        ...options.map((option) => fishOption(name, option)),
      ])
      .join('\n'),
};

function flags(options: readonly Option[]): readonly string[] {
  return options.flatMap(({ long }) => long ?? []);
}

function zshOption({ long, description, required }: Option): string {
  const what = description.replace(/[[\]:\\]/gu, '\\$&');
  return quoted(`${long ?? ''}[${what}]${required ? ':value:_default' : ''}`);
}

function fishOption(command: string, { long, short, description, required }: Option): string {
  const seen = quoted(`__fish_seen_subcommand_from ${command}`);
  const letter = short === undefined ? '' : ` -s ${short.slice(1)}`;
  const value = required ? ' -r' : '';
  return `complete -c rx-leadership -n ${seen} -l ${(long ?? '').slice(2)}${letter}${value} -d ${quoted(description)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
