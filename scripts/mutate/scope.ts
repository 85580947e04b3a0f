import {globSync} from 'node:fs';

/** What decides who may do what, and which release answers: what a wrong operator would harm most. */
export const SCOPE: readonly string[] = [
  'workflows',
  'stores',
  ...['access', 'approval', 'curation', 'drift', 'evaluation/gates', 'rollout'].map((name) => `core/${name}`),
];

/** The TypeScript files of these folders and files, from `root`; sorted, so that a seed draws the same anywhere. */
export function filesOf(root: string, from: readonly string[]): string[] {
  const patterns = from.map((name) => (name.endsWith('.ts') ? name : `${name.replace(/\/$/, '')}/**/*.ts`));
  return globSync(patterns, {cwd: root}).sort();
}
