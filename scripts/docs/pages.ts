import path from 'node:path';
import {format, resolveConfig} from 'prettier';
import {PACKAGE_ROOT} from '../stack/own-program.ts';
import {cliReference} from './cli-reference.ts';
import {settingsReference} from './settings-reference.ts';

export interface GeneratedPage {
  /** Absolute path. */
  readonly file: string;
  /** What it should hold, formatted as the formatter wants it. */
  readonly text: string;
}

/** The pages of docs/ that are made from code, as they should be now. */
export async function generatedPages(): Promise<GeneratedPage[]> {
  const pages: [name: string, text: string][] = [
    ['cli.md', await cliReference()],
    ['settings.md', settingsReference()],
  ];
  return Promise.all(
    pages.map(async ([name, text]) => {
      const file = path.join(PACKAGE_ROOT, 'docs', name);
      return {file, text: await format(text, {...(await resolveConfig(file)), parser: 'markdown'})};
    }),
  );
}
