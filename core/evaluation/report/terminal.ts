/**
 * The beginning of a Markdown report for a terminal of `width` columns: what a decision takes, up to the first section. Commands
 * stand in lines of their own, are never cut or wrapped, and begin with `command`: a report says `npx ratchet`, for it does not
 * know where it is read. Reads reports of every version: only what they say differs.
 */
export function firstScreenForTerminal(markdown: string, width: number, command = 'npx ratchet'): string {
  const [screen = ''] = markdown.split(/^## /m);
  const lines: string[] = [];
  let isCommand = false;
  for (const line of screen.trim().split('\n')) {
    if (line.startsWith('```')) isCommand = !isCommand;
    else if (isCommand) lines.push(`    ${line.replace(/^npx ratchet /, () => `${command} `)}`);
    // The contents list leads nowhere in a terminal.
    else if (!/^\[.*\]\(#/.test(line)) lines.push(...wrapped(plain(line), width));
  }
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Without what makes it bold or a heading, and without the backslashes before signs that Markdown would read. */
function plain(line: string): string {
  return line
    .replace(/^# /, '')
    .replace(/\\([\\`*_{}[\]()#+\-.!|~$])|\*\*/g, (_, sign?: string) => sign ?? '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** Broken between words; what follows the first line of a list item stands under its text. */
function wrapped(line: string, width: number): string[] {
  const indent = line.startsWith('- ') ? '  ' : '';
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (longer.length <= width || current.trim() === '') current = longer;
    else {
      lines.push(current);
      current = indent + word;
    }
  }
  return [...lines, current];
}
