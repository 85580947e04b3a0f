import {DOCUMENTS} from '../../stores/authorities.ts';

const TABLE = /(<!-- authorities\b[^>]*-->)([\s\S]*?)(<!-- \/authorities -->)/;

/** The page with the table of what each kind of document is believed by. Throws where it lacks the markers. */
export function withAuthorities(page: string): string {
  if (!TABLE.test(page))
    throw new Error('expected <!-- authorities --> … <!-- /authorities --> in docs/security.md');
  const rows = Object.entries(DOCUMENTS).map(
    ([name, {authority, why}]) => `| \`${name}/\` | ${authority} | ${why} |`,
  );
  const table = ['| Keys | By | Why, or what is left |', '| --- | --- | --- |', ...rows].join('\n');
  return page.replace(TABLE, (_, begin: string, __, end: string) => `${begin}\n\n${table}\n\n${end}`);
}
