import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {metricCatalog} from '../../core/evaluation/catalog/catalog.ts';
import {GENERAL_ITEMS} from '../../core/evaluation/probes/general.ts';
import {INJECTIONS} from '../../core/evaluation/probes/injection.ts';
import {JAILBREAKS} from '../../core/evaluation/probes/jailbreak.ts';
import {PII_PROBES} from '../../core/evaluation/probes/pii-elicitation.ts';
import {promptsFromConfig} from '../../core/prompts/from-config.ts';
import {readProject} from '../../schemas/load-project.ts';
import {blocksOf} from './markdown.ts';
import {sourceFiles} from './source-files.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const page = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

describe('whole projects in the pages', () => {
  const projects = ['README.md', 'docs/data.md'].flatMap((name) =>
    blocksOf(page(name), 'yaml')
      .filter((text) => text.startsWith('version: 1'))
      .map((text) => ({name, text})),
  );

  test('are there', () => expect(projects.length).toBe(3));

  test.each(projects)('$name: can be used as it stands', ({text}) => {
    const loaded = readProject(text);
    expect(loaded).toMatchObject({ok: true});
    if (!loaded.ok) return;
    expect(Object.keys(promptsFromConfig(loaded.config))).toEqual(Object.keys(loaded.config.tasks));
    const metrics = metricCatalog(loaded.config.tasks, 1);
    for (const {metric} of loaded.config.gauntlet.gates) expect([...metrics.keys()]).toContain(metric);
  });
});

describe('evaluation.md', () => {
  const text = page('docs/evaluation.md');

  test('names every metric of the catalogue', () => {
    const catalog = metricCatalog(
      {c: {kind: 'classification', labels: ['x', 'y']}, g: {kind: 'generation'}},
      1,
    );
    const names = [...catalog.keys()].map((name) =>
      name.replace(/^[cg]_/, 'TASK_').replace(/_recall_[xy]$/, '_recall_LABEL'),
    );
    expect(names.length).toBeGreaterThan(20);
    const told = (name: string) =>
      text.includes(`\`${name}\``) || text.includes(`\`${name.replace('TASK', '')}\``);
    expect(names.filter((name) => !told(name))).toEqual([]);
  });

  test('counts the probes', () => {
    expect(text).toContain(`\`gauntlet.general_rows\` of ${GENERAL_ITEMS.length}`);
    expect(text).toContain(`\`gauntlet.probe_rows\` of ${INJECTIONS.length} techniques`);
    expect(text).toContain(`\`gauntlet.probe_rows\` of ${JAILBREAKS.length} in`);
    expect(text).toMatch(new RegExp(`probe_rows\` of ${PII_PROBES.length} +\\|`));
  });
});

describe('gateway.md', () => {
  const text = page('docs/gateway.md');

  test('names every error code', () => {
    const codes = new Set<string>();
    for (const file of sourceFiles().filter((name) => name.includes(`${path.sep}gateway${path.sep}`)))
      for (const match of readFileSync(file, 'utf8').matchAll(
        /(?:new GatewayError\(\s*\w+,|unavailable\()\s*'([a-z_]+)'/g,
      ))
        codes.add(match[1]!);
    expect(codes.size).toBeGreaterThan(12);
    expect([...codes].filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
  });
});

test('the page on dependencies says why each package that is used is there', () => {
  const manifest = JSON.parse(page('package.json')) as {dependencies: Record<string, string>};
  const sources = sourceFiles().map((file) => readFileSync(file, 'utf8'));
  const used = Object.keys(manifest.dependencies).filter((name) =>
    sources.some((text) => text.includes(`'${name}'`) || text.includes(`'${name}/`)),
  );
  expect(used.length).toBeGreaterThan(20);
  const listed = page('docs/installation.md');
  const named = (name: string): boolean => {
    const own = name.startsWith('@temporalio/') ? name.slice('@temporalio/'.length) : name;
    return listed.includes(own);
  };
  expect(used.filter((name) => !named(name))).toEqual([]);
});

describe('security.md', () => {
  const section = page('docs/security.md').split('\n## Threats\n')[1]!.split('\n## ')[0]!;
  const threats = section.split('\n').filter((line) => line.startsWith('- '));

  test('names for each threat the test that tries it', () => {
    expect(threats.length).toBeGreaterThan(30);
    for (const threat of threats) {
      const [, tried = ''] = threat.split(/ Tests?: /);
      const named = [...tried.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file!);
      expect(named, threat).not.toEqual([]);
      for (const file of named) expect([file, existsSync(path.join(ROOT, file))]).toEqual([file, true]);
    }
  });
});
