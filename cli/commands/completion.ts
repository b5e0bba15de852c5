// `strongroom completion bash|zsh|fish`: a script for the shell, made from the parser's own syntax.

import { Argument, type Command } from 'commander';

import { bashScript, fishScript, zshScript } from '../completion-scripts.ts';
import { describeSyntax } from '../program.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

export function registerCompletion(program: Command, print: (text: string) => void): void {
  program
    .command('completion')
    .summary('print the completion script of a shell')
    .description('Prints a script that lets your shell complete commands, options and file names.')
    .addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  bash:  strongroom completion bash > ~/.local/share/bash-completion/completions/strongroom',
        '  zsh:   strongroom completion zsh > ~/.zfunc/_strongroom     (a folder of your fpath)',
        '  fish:  strongroom completion fish > ~/.config/fish/completions/strongroom.fish',
      ].join('\n'),
    )
    .action((shell: keyof typeof SCRIPTS) => print(SCRIPTS[shell](describeSyntax(program))));
}
