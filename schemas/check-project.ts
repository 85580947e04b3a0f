import {isHubId} from './hub-id.ts';
import type {Explained, KeyPath} from './explain-issue.ts';
import type {ProjectConfig, Source, Task} from './project.ts';

/** What no single field shows: keys of a project that are each valid, but do not fit together. */
export function checkProject(config: ProjectConfig): Explained[] {
  return [
    ...checkSources(config.sources, ['sources']),
    ...checkSources(config.replay?.sources ?? [], ['replay', 'sources']),
    ...Object.entries(config.tasks).flatMap(([name, task]) => checkTask(task, ['tasks', name])),
    ...checkBaseModel(config.base_model),
    ...checkGates(config),
    ...checkGuardrails(config),
    ...checkSplit(config),
  ];
}

function problem(path: KeyPath, expected: string, got: string): Explained {
  return {path, expected, got, atKey: false};
}

function checkSources(sources: readonly Source[], path: KeyPath): Explained[] {
  const names = sources.map((source) => source.name);
  return names.flatMap((name, i) =>
    names.indexOf(name) === i
      ? []
      : [problem([...path, i, 'name'], 'a name no other source has', JSON.stringify(name))],
  );
}

function checkTask(task: Task, path: KeyPath): Explained[] {
  const problems: Explained[] = [];
  if (task.kind === 'classification' && !task.labels)
    problems.push(problem([...path, 'labels'], 'the classes of a classification', 'nothing'));
  if (task.kind === 'generation' && !task.target)
    problems.push(problem([...path, 'target'], 'the field a generation is compared with', 'nothing'));
  if (task.target && task.inputs.includes(task.target))
    problems.push(
      problem(
        [...path, 'target'],
        'a field the model is not shown',
        `the input ${JSON.stringify(task.target)}`,
      ),
    );
  if (task.trim && !task.inputs.includes(task.trim))
    problems.push(
      problem([...path, 'trim'], `one of the inputs ${task.inputs.join(', ')}`, JSON.stringify(task.trim)),
    );
  for (const [, field] of task.prompt.matchAll(/\{\{\s*([\w-]+)\s*\}\}/g))
    if (!task.inputs.includes(field!))
      problems.push(
        problem([...path, 'prompt'], `only the inputs ${task.inputs.join(', ')} in {{…}}`, `{{${field}}}`),
      );
  return problems;
}

function checkBaseModel({kind, path, revision}: ProjectConfig['base_model']): Explained[] {
  if (kind === 'hf' && path === undefined)
    return [problem(['base_model', 'path'], 'a folder or a Hugging Face id, as kind is hf', 'nothing')];
  if (revision === undefined || (kind === 'hf' && isHubId(path!))) return [];
  return [
    problem(
      ['base_model', 'revision'],
      'none, as only a Hugging Face id (kind: hf, path: org/name) has revisions',
      JSON.stringify(revision),
    ),
  ];
}

function checkGates(config: ProjectConfig): Explained[] {
  return config.gauntlet.gates.flatMap((gate, i) => {
    const absolute = gate.test === 'at-least' || gate.test === 'at-most';
    if (absolute && gate.limit === undefined)
      return [problem(['gauntlet', 'gates', i, 'limit'], `the limit of an ${gate.test} gate`, 'nothing')];
    return [];
  });
}

function checkGuardrails(config: ProjectConfig): Explained[] {
  return config.guardrails.block_patterns.flatMap((pattern, i) => {
    try {
      new RegExp(pattern, 'u');
      return [];
    } catch {
      const path = ['guardrails', 'block_patterns', i];
      return [problem(path, 'a regular expression', JSON.stringify(pattern))];
    }
  });
}

function checkSplit(config: ProjectConfig): Explained[] {
  const {validation, golden, traffic} = config.curation.split;
  const apart = validation + golden + traffic;
  if (apart < 1) return [];
  return [
    problem(
      ['curation', 'split'],
      'validation + golden + traffic below 1, so that rows are left to train on',
      `${apart}`,
    ),
  ];
}
