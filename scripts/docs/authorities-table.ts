import {DOCUMENTS, STORE_PROCESSES, rightsOf} from '../../stores/access/authorities.ts';

/** The page with the tables of what protects each kind of document, and which process uses it. Throws where it lacks the markers. */
export function withAuthorities(page: string): string {
  const kinds = Object.entries(DOCUMENTS);
  const believed = kinds.map(([name, {authority, why}]) => [`\`${name}/\``, authority, why]);
  const used = kinds.map(([name]) => [
    `\`${name}/\``,
    ...STORE_PROCESSES.map((process) => rightsOf(process, name).join(', ') || '–'),
  ]);
  const first = between(page, 'authorities', [
    ['Keys', 'Protected by', 'How, or what a change can do'],
    ...believed,
  ]);
  return between(first, 'store-rights', [['Keys', ...STORE_PROCESSES], ...used]);
}

function between(page: string, name: string, [head, ...rows]: readonly (readonly string[])[]): string {
  const marked = new RegExp(`(<!-- ${name}\\b[^>]*-->)([\\s\\S]*?)(<!-- /${name} -->)`);
  if (!marked.test(page))
    throw new Error(`expected <!-- ${name} --> … <!-- /${name} --> in docs/security.md`);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = [line(head!), line(head!.map(() => '---')), ...rows.map(line)].join('\n');
  return page.replace(marked, (_, begin: string, __, end: string) => `${begin}\n\n${table}\n\n${end}`);
}
