// Completion for bash, zsh and fish: plain scripts with the words written in, which need not start the program.

import type { Syntax } from './program.ts';

type OptionSyntax = Syntax['options'][number];

/** A command with the words that lead to it: "verify", "keys list". */
interface Leaf {
  readonly words: string;
  readonly options: readonly OptionSyntax[];
}

function leavesOf(commands: readonly Syntax[], before = ''): Leaf[] {
  return commands.flatMap(({ name, options, commands: inner }) =>
    inner.length === 0 ? [{ words: before + name, options }] : leavesOf(inner, `${before}${name} `),
  );
}

function groupsOf(commands: readonly Syntax[]): Syntax[] {
  return commands.filter((command) => command.commands.length > 0);
}

function namesOf(commands: readonly Syntax[]): string {
  return commands.map(({ name }) => name).join(' ');
}

export function bashScript(commands: readonly Syntax[]): string {
  const leaves = leavesOf(commands);
  const groups = groupsOf(commands).map(
    ({ name, commands: inner }) => `    ${name})
      if [ "$COMP_CWORD" -eq 2 ]; then
        COMPREPLY=($(compgen -W ${quote(namesOf(inner))} -- "$current"))
        return
      fi
      command="${name} \${COMP_WORDS[2]}" ;;`,
  );
  const cases = leaves.map(
    ({ words, options }) =>
      `    ${quote(words)}) options=${quote(options.flatMap(({ flags }) => flags).join(' '))} ;;`,
  );
  const values = unique(
    leaves.flatMap(({ options }) => options.filter(({ value }) => value !== null)),
    ({ flags }) => flags.join('|'),
  ).map((option) => `    ${option.flags.join('|')}) ${bashValue(option)} return ;;`);
  return `# bash completion for strongroom
_strongroom() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} options=
  compopt -o filenames 2>/dev/null
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quote(`help --help --version ${namesOf(commands)}`)} -- "$current"))
    return
  fi
  case $previous in
${values.join('\n')}
  esac
  case $command in
${groups.join('\n')}
  esac
  case $command in
    completion|help) COMPREPLY=($(compgen -W "$([ "$command" = help ] && echo ${quote(namesOf(commands))} || echo 'bash zsh fish')" -- "$current")); return ;;
${cases.filter((line) => !line.includes("'completion')")).join('\n')}
  esac
  case $current in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
  esac
}
complete -F _strongroom strongroom
`;
}

function bashValue({ value, choices }: OptionSyntax): string {
  if (choices.length > 0) return `COMPREPLY=($(compgen -W ${quote(choices.join(' '))} -- "$current"));`;
  if (value === 'other') return 'COMPREPLY=();';
  return `mapfile -t COMPREPLY < <(compgen ${value === 'folder' ? '-d' : '-f'} -- "$current");`;
}

export function zshScript(commands: readonly Syntax[]): string {
  const names = commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`);
  const cases = commands.map((command) =>
    command.commands.length === 0 ? zshCase(command, 6) : zshGroup(command),
  );
  return `#compdef strongroom
# zsh completion for strongroom
_strongroom() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands
  commands=(
${names.join('\n')}
  )
  _arguments -C '(- *)--help[show the help]' '(- *)--version[print the version]' '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe -t commands 'strongroom command' commands ;;
    argument)
      case $line[1] in
${cases.join('\n')}
      esac
      ;;
  esac
}
if [ "$funcstack[1]" = _strongroom ]; then _strongroom "$@"; else compdef _strongroom strongroom; fi
`;
}

function zshCase({ name, options }: Syntax, indent: number): string {
  const blanks = ' '.repeat(indent);
  const rest = name === 'completion' ? "'1:shell:(bash zsh fish)'" : "'*:file:_files'";
  const specs = [...options.map(zshOption), rest].map((spec) => `${blanks}  ${spec}`);
  return `${blanks}${name})\n${blanks}  _arguments -s \\\n${specs.join(' \\\n')}\n${blanks}  ;;`;
}

function zshGroup({ name, commands }: Syntax): string {
  const names = commands.map((inner) => quote(`${inner.name}:${inner.summary}`)).join(' ');
  return `      ${name})
        if (( CURRENT == 2 )); then
          commands=(${names})
          _describe -t commands ${quote(`strongroom ${name} command`)} commands
        else
          shift words; (( CURRENT-- ))
          case $words[1] in
${commands.map((inner) => zshCase(inner, 12)).join('\n')}
          esac
        fi
        ;;`;
}

function zshOption({ flags, summary, value, choices }: OptionSyntax): string {
  const text = summary.replace(/[[\]\\:]/g, (character) => `\\${character}`);
  const repeated = summary.includes('repeated') ? '*' : '';
  const names = flags.length === 1 || repeated !== '' ? flags : [`(${flags.join(' ')})`];
  const action =
    choices.length > 0
      ? `(${choices.join(' ')})`
      : value === 'file'
        ? '_files'
        : value === 'folder'
          ? '_files -/'
          : ' ';
  const suffix = value === null ? '' : `:value:${action}`;
  if (names.length === flags.length)
    return flags.map((flag) => quote(`${repeated}${flag}[${text}]${suffix}`)).join(' ');
  return `${quote(names[0] ?? '')}{${flags.join(',')}}${quote(`[${text}]${suffix}`)}`;
}

export function fishScript(commands: readonly Syntax[]): string {
  const first = '__fish_use_subcommand';
  // A command of a group may be called like one that stands alone.
  const noGroup = `not __fish_seen_subcommand_from ${namesOf(groupsOf(commands))}`;
  const lines = commands.flatMap((command) => [
    `complete -c strongroom -n ${first} -f -a ${command.name} -d ${fishQuote(command.summary)}`,
    ...(command.commands.length === 0
      ? fishOptions(command, `__fish_seen_subcommand_from ${command.name}; and ${noGroup}`)
      : fishGroup(command)),
  ]);
  return [
    '# fish completion for strongroom',
    `complete -c strongroom -n ${first} -l help -s h -d 'show the help'`,
    `complete -c strongroom -n ${first} -l version -s V -d 'print the version'`,
    ...lines,
    `complete -c strongroom -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'`,
    '',
  ].join('\n');
}

function fishGroup({ name, commands }: Syntax): string[] {
  const inGroup = `__fish_seen_subcommand_from ${name}`;
  const chosen = `${inGroup}; and not __fish_seen_subcommand_from ${namesOf(commands)}`;
  return commands.flatMap((inner) => [
    `complete -c strongroom -n '${chosen}' -f -a ${inner.name} -d ${fishQuote(inner.summary)}`,
    ...fishOptions(inner, `${inGroup}; and __fish_seen_subcommand_from ${inner.name}`),
  ]);
}

function fishOptions({ options }: Syntax, condition: string): string[] {
  return options.map((option) => `complete -c strongroom -n '${condition}' ${fishOption(option)}`);
}

function fishOption({ flags, summary, value, choices }: OptionSyntax): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const takes =
    choices.length > 0
      ? [`-x -a ${fishQuote(choices.join(' '))}`]
      : value === 'folder'
        ? [`-x -a '(__fish_complete_directories)'`]
        : value === 'file'
          ? ['-r -F']
          : value === 'other'
            ? ['-x']
            : [];
  return [...names, ...takes, `-d ${fishQuote(summary)}`].join(' ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function fishQuote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function unique<Item>(items: readonly Item[], identity: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [identity(item), item])).values()];
}
