import {writeFileSync} from 'node:fs';
import path from 'node:path';

/** The smallest project that is valid; `changes` replaces or adds whole top-level keys, as YAML text. */
export function projectYaml(name = 'post', changes: Readonly<Record<string, string>> = {}): string {
  const keys: Record<string, string> = {
    version: 'version: 1',
    project: `project: ${name}`,
    sources: 'sources:\n  - {name: letters, uri: "file:letters.jsonl", format: jsonl}',
    input: 'input: {format: record, fields: [body]}',
    tasks:
      'tasks:\n  triage:\n    kind: classification\n    labels: [good, bad]\n    inputs: [body]\n    prompt: "{{body}}"',
    gauntlet: 'gauntlet:\n  gates:\n    - {metric: triage_balanced_accuracy, test: at-least, limit: 0.5}',
    rollout: 'rollout:\n  steps:\n    - setWeight: 100',
    ...changes,
  };
  return `${Object.values(keys).join('\n')}\n`;
}

/** ratchet.yaml in a folder, and the one row that it names. */
export function writeProject(folder: string, yaml = projectYaml()): void {
  writeFileSync(path.join(folder, 'ratchet.yaml'), yaml);
  writeFileSync(path.join(folder, 'letters.jsonl'), '{"body": "Dear friend", "label": "good"}\n');
}
