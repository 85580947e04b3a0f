import {readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {cliReference} from '../../scripts/docs/cli-reference.ts';
import {ENVIRONMENT} from '../../scripts/docs/environment-variables.ts';
import {generatedPages} from '../../scripts/docs/pages.ts';
import {MEANINGS} from '../../scripts/docs/settings-meanings.ts';
import {publicSymbols} from '../../scripts/docs/library/public-symbols.ts';
import {settings} from '../../scripts/docs/settings-reference.ts';
import {sourceFiles} from './source-files.ts';

describe('pages made from code', () => {
  test('are as the code would make them now', async () => {
    const pages = await generatedPages();
    const names = pages.map(({file}) => path.basename(file));
    expect(names.filter((name) => name.startsWith('core-')).length).toBeGreaterThan(10);
    expect(names.filter((name) => !name.startsWith('core-'))).toEqual([
      'cli.md',
      'errors.md',
      'settings.md',
      'metrics.md',
      'statistics.md',
      'providers.md',
      'security.md',
      'client.md',
      'runs.md',
      'records.md',
      'core.md',
      'ratchet.schema.json',
      'prompt.schema.json',
      'prompt-tests.schema.json',
      'openapi.json',
    ]);
    for (const {file, text} of pages) {
      const written = readFileSync(file, 'utf8');
      expect(written === text, `${path.basename(file)} is stale: run node scripts/docs/main.ts`).toBe(true);
    }
  });

  test('the library shows what an entrance exports: signatures without bodies, docstrings, examples', () => {
    const [client] = publicSymbols('client');
    const of = (name: string) => client!.symbols.find((symbol) => symbol.name === name)!;
    expect(of('GatewayClient').kind).toBe('Class');
    expect(of('GatewayClient').code).toMatch(
      /^ {2}async ask\(task: string, question: Question\): Promise<Answer>;$/m,
    );
    expect(of('GatewayClient').code).not.toContain('#');
    expect(of('GatewayClient').examples).toHaveLength(1);
    const inner = publicSymbols('core').find(({name}) => name === 'core/evaluation/statistics')!;
    expect(inner.symbols.map(({name}) => name)).toContain('wilson');
  });

  test('the command line shows the help of subcommands, with their options and an example', async () => {
    const text = await cliReference();
    expect(text).toContain('## ratchet audit verify');
    expect(text).toContain('--time-zone <zone>');
    expect(text).toContain('$ ratchet approve 3f9a1c20 --comment "read the failures, fine"');
  });

  test('every setting has a meaning, and every meaning a setting', () => {
    const paths = settings().map((setting) => setting.path);
    expect(paths.length).toBeGreaterThan(100);
    expect(paths.filter((key) => !MEANINGS[key])).toEqual([]);
    expect(Object.keys(MEANINGS).filter((key) => !paths.includes(key))).toEqual([]);
  });

  test('types, ranges and defaults come from the schema', () => {
    const of = (key: string) => settings().find((setting) => setting.path === key);
    expect(of('training.lora_r')).toEqual({
      path: 'training.lora_r',
      type: 'whole number ≥ 1, ≤ 512',
      fallback: '16',
      required: false,
    });
    expect(of('approval.timeout')).toMatchObject({type: 'duration', fallback: '30 d'});
    expect(of('rollout.steps[].analysis.minSamples')).toMatchObject({required: true, fallback: null});
    expect(of('engine.target')?.type).toBe('`embedded` or list (at least 1) of URL or map');
    expect(of('engine.target.kubernetes.service')).toMatchObject({type: 'text', required: true});
  });

  test('every RATCHET_… variable that the code reads is told', () => {
    const read = new Set<string>();
    for (const file of sourceFiles())
      for (const [name] of readFileSync(file, 'utf8').matchAll(/\bRATCHET_[A-Z0-9_]+/g)) read.add(name);
    // Set by the launcher for the tests' own set-up.
    read.delete('RATCHET_S3_UNAVAILABLE');
    read.delete('RATCHET_OTELCOL_UNAVAILABLE');
    read.delete('RATCHET_CHART_UNCHECKED');
    expect(read.size).toBeGreaterThan(15);
    const told = new Set([...ENVIRONMENT.matchAll(/RATCHET_[A-Z0-9_]+/g)].map(([name]) => name));
    expect([...read].filter((name) => !told.has(name)).sort()).toEqual([]);
    expect([...told].filter((name) => !read.has(name)).sort()).toEqual([]);
  });
});
