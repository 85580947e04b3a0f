import type {Command} from 'commander';

/** The commands of a page, as far as they are spelled out: `npx ratchet …` in code. */
export function commandsIn(markdown: string): string[] {
  return [...markdown.matchAll(/(?:^|`|\$\(|\s)npx ratchet ([^`…\n|>&#]+)/gm)].map(([, command]) =>
    command!.replace(/\s+\\$/, '').trim(),
  );
}

/** What a command line has that there is not: a command, or an option of it. Null for nothing. */
export function unknownIn(program: Command, line: string): string | null {
  const parts = line.split(' ').filter((part) => part !== '');
  let at = program;
  for (;;) {
    const next = at.commands.find((one) => one.name() === parts[0]);
    if (next === undefined) break;
    at = next;
    parts.shift();
  }
  if (at === program) return `no command ${parts[0]}`;
  if (
    at.commands.length > 0 &&
    parts[0] !== undefined &&
    /^[a-z]+$/.test(parts[0]) &&
    at.registeredArguments.length === 0
  )
    return `${at.name()} has no command ${parts[0]}`;
  const known = at.options.flatMap(({long, short}) => [long, short]);
  const unknown = parts.find((part) => /^--?[a-z]/.test(part) && part !== '--help' && !known.includes(part));
  return unknown === undefined ? null : `${at.name()} has no ${unknown}`;
}
