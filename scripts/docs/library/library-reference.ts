import {publicSymbols, type Entrance, type PublicSymbol} from './public-symbols.ts';

const PACKAGE = 'ratchet-llmops';
const GENERATED =
  'Generated from the source by `node scripts/docs/main.ts`; a test fails when this page is stale.';

/** docs/reference/…: the client, the runs, the records, and a page for each room of the core, from their declarations and docstrings. */
export function libraryReference(): [name: string, text: string][] {
  const client = publicSymbols('client');
  const runs = publicSymbols('runs');
  const records = publicSymbols('records');
  const rooms = Map.groupBy(
    publicSymbols('core').filter(({symbols}) => symbols.length > 0),
    ({name}) => name.split('/')[1]!,
  );
  return [
    ['docs/reference/client.md', page('Client reference', client)],
    ['docs/reference/runs.md', page('Runs reference', runs)],
    ['docs/reference/records.md', page('Records reference', records)],
    ['docs/reference/core.md', contents(rooms)],
    ...[...rooms].map(([room, entrances]): [string, string] => [
      `docs/reference/core-${room}.md`,
      page(`Core reference: ${room}`, entrances),
    ]),
  ];
}

function contents(rooms: ReadonlyMap<string, readonly Entrance[]>): string {
  const lines = [...rooms].map(([room, entrances]) => {
    const {says} = entrances.find(({name}) => name === `core/${room}`) ?? entrances[0]!;
    const exported = entrances.flatMap(({symbols}) => symbols).length;
    return `| [\`${room}\`](core-${room}.md) | ${escaped(says)} | ${exported} |`;
  });
  return `# Core reference

${GENERATED} [The library](../library.md) shows how to import it.

| Room | What it does | Exports |
| --- | --- | --- |
${lines.join('\n')}
`;
}

function page(title: string, entrances: readonly Entrance[]): string {
  return `# ${title}

${GENERATED}

${entrances.map((entrance) => section(entrance)).join('\n')}`;
}

function section({name, says, symbols}: Entrance): string {
  return `## \`${PACKAGE}/${name}\`

${escaped(says)}

${symbols.map((symbol) => entry(symbol)).join('\n')}`;
}

function entry({name, kind, code, says, examples}: PublicSymbol): string {
  const shown = examples.map((example) => `\n\`\`\`ts\n${example}\n\`\`\`\n`).join('');
  return `### ${escaped(name)}

${kind}. ${escaped(says)}

\`\`\`ts
${code}
\`\`\`
${shown}`;
}

/** A docstring as Markdown: what looks like HTML or a placeholder is text. */
function escaped(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(/[<>{}*_[\]|#]/g, (sign) => `\\${sign}`)))
    .join('');
}
