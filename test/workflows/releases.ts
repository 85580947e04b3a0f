import {releaseDigest} from '../../core/identity/release-digest.ts';
import type {ReleaseV1} from '../../schemas/release.ts';

/** A release with one classification task and one generation task; `variant` makes another one, `dataset` is what it was trained on. */
export function releaseOf(project: string, variant: string, dataset: string | null = null): ReleaseV1 {
  const prompt = {
    v: 1 as const,
    format: 'plain' as const,
    inputs: ['body'],
    trim: 'body',
    maxInputTokens: 128,
    maxOutputTokens: 8,
    temperature: 0,
    stop: [],
  };
  const body: Omit<ReleaseV1, 'digest'> = {
    v: 1,
    project,
    base: {name: 'tiny', kind: 'gguf', sha256: '1'.repeat(64)},
    adapter: null,
    prompts: {
      triage: {
        ...prompt,
        task: 'triage',
        kind: 'classification',
        template: `${variant}: {{body}}`,
        choices: {spam: ' spam', ham: ' ham'},
      },
      subject: {...prompt, task: 'subject', kind: 'generation', template: '{{body}}', target: 'subject'},
    },
    transform: {v: 1, format: 'record', fields: ['body'], pii: [], code: '2'.repeat(64)},
    index: null,
    guardrails: {v: 1, maxInputChars: 1000, scrubOutput: true, stripInvisible: true, blockPatterns: []},
    parent: null,
    createdFrom: dataset,
  };
  return {...body, digest: releaseDigest(body)};
}
