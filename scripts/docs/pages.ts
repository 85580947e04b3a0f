import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {format, resolveConfig} from 'prettier';
import {PACKAGE_ROOT} from '../../stack/own-program.ts';
import {withAuthorities} from './authorities-table.ts';
import {cliReference} from './cli-reference.ts';
import {errorReference} from './error-reference.ts';
import {libraryReference} from './library/library-reference.ts';
import {metricsReference} from './metrics-reference.ts';
import {openApi} from './openapi.ts';
import {projectJsonSchema} from './project-json-schema.ts';
import {promptJsonSchema, promptTestsJsonSchema} from './prompt-json-schemas.ts';
import {providersPage} from './providers-page.ts';
import {settingsReference} from './settings-reference.ts';
import {statisticsPage} from './statistics-page.ts';

export interface GeneratedPage {
  /** Absolute path. */
  readonly file: string;
  /** What it should hold, formatted as the formatter wants it. */
  readonly text: string;
}

/** The pages that are made from code, or hold a part that is, as they should be now. */
export async function generatedPages(): Promise<GeneratedPage[]> {
  const pages: [name: string, text: string][] = [
    ['docs/cli.md', await cliReference()],
    ['docs/errors.md', errorReference()],
    ['docs/settings.md', settingsReference()],
    ['docs/metrics.md', metricsReference()],
    ['docs/statistics.md', statisticsPage()],
    ['docs/providers.md', providersPage()],
    ['docs/security.md', withAuthorities(await page('docs/security.md'))],
    ...libraryReference(),
  ];
  const formatted = async (name: string, text: string, parser: string): Promise<GeneratedPage> => {
    const file = path.join(PACKAGE_ROOT, name);
    return {file, text: await format(text, {...(await resolveConfig(file)), parser})};
  };
  return Promise.all([
    ...pages.map(([name, text]) => formatted(name, text, 'markdown')),
    formatted('schemas/ratchet.schema.json', projectJsonSchema(), 'json'),
    formatted('schemas/prompt.schema.json', promptJsonSchema(), 'json'),
    formatted('schemas/prompt-tests.schema.json', promptTestsJsonSchema(), 'json'),
    formatted('docs/openapi.json', openApi(), 'json'),
  ]);
}

function page(name: string): Promise<string> {
  return readFile(path.join(PACKAGE_ROOT, name), 'utf8');
}
