import {describe, expect, it} from 'vitest';
import {stageKey} from '../../../activities/stage/key.ts';
import {sha256Hex} from '../../../core/identity/digest.ts';
import {ProjectConfig, type ProjectYaml} from '../../../schemas/project.ts';
import type {ResolvedProject} from '../../../schemas/resolved-project.ts';
import type {StageRequest} from '../../../schemas/stage.ts';
import {projectYaml} from '../../workflows/project-of.ts';

const STAGES = ['curate', 'train', 'gauntlet'] as const;
/** Of every stage. */
const INPUTS = {records: 'r', golden: '', dataset: 'd', init: '', release: 'a', stable: 'b', base: 'c'};
const TRIAGE = projectYaml('post').tasks.triage!;

function keys(change: Partial<ProjectYaml>): string[] {
  const config = ProjectConfig.parse(projectYaml('post', change));
  const base = {name: 'm', kind: 'gguf', sha256: sha256Hex('base')} as const;
  const resolved: ResolvedProject = {v: 1, config, base};
  return STAGES.map((stage) => {
    const request: StageRequest = {
      stage,
      project: 'post',
      keyFingerprint: 'f'.repeat(16),
      inputs: INPUTS,
      refs: {},
      resolved: {uri: 'r', sha256: 'a'.repeat(64), bytes: 1, mediaType: 'application/json'},
    };
    return stageKey(request, resolved);
  });
}

/** The stages whose own key is another one now. */
function moved(change: Partial<ProjectYaml>): string[] {
  const before = keys({});
  const after = keys(change);
  return STAGES.filter((_, i) => before[i] !== after[i]);
}

const task = (change: Partial<ProjectYaml['tasks'][string]>) => ({tasks: {triage: {...TRIAGE, ...change}}});

describe('one value of the YAML changed: exactly its stages have another key', () => {
  it.each<[string, Partial<ProjectYaml>, string[]]>([
    ['tasks.temperature, which training does not read', task({temperature: 0.5}), ['gauntlet']],
    ['tasks.stop, which training does not read', task({stop: ['\n']}), ['gauntlet']],
    ['tasks.prompt', task({prompt: 'Mail: {{body}} is'}), ['train', 'gauntlet']],
    ['tasks.max_output_tokens, which cuts completions', task({max_output_tokens: 8}), ['train', 'gauntlet']],
    ['tasks.train', task({train: {validation_rows: 8}}), ['train']],
    ['tasks.golden_rows', task({golden_rows: 9}), ['gauntlet']],
    ['training', {training: {seed: 8}}, ['train']],
    ['how often training saves', {training: {save_minutes: 1, save_steps: 3, saves_per_epoch: 2}}, []],
    [
      'where the figures of a training go, too',
      {training: {mlflow_tracking_uri: 'http://mlflow:5000', wandb_project: 'mail'}},
      [],
    ],
    ['packing, which changes the steps', {training: {sample_packing: true}}, ['train']],
    ['curation', {curation: {min_chars: 5}}, ['curate']],
    ['a label, without which its records are dropped', task({labels: ['spam', 'ham', 'news']}), [...STAGES]],
    ['engine.threads, which latency and cost go by', {engine: {threads: 2}}, ['gauntlet']],
    [
      'the kind of engine, which rows are tokenised for',
      {engine: {target: ['http://vllm:8000']}},
      ['train', 'gauntlet'],
    ],
    ['engine.processes', {engine: {processes: 1}}, []],
    ["the gateway's port", {gateway: {port: 9090}}, []],
  ])('%s', (_, change, stages) => {
    expect(moved(change)).toEqual(stages);
  });

  it('where an engine listens', () => {
    const at = (url: string) => keys({engine: {target: [url]}});
    expect(at('http://vllm-1:8000')).toEqual(at('http://vllm-2:8001'));
  });
});
