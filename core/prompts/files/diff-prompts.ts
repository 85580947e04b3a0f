import type {PromptArtifact} from '../../../schemas/prompt-file.ts';
import {changes, type Change} from '../../releases/changes.ts';
import {lineDiff, type DiffLine} from '../../releases/line-diff.ts';

export const PROMPT_AREAS = [
  'messages',
  'partials',
  'inputs',
  'settings',
  'responseFormat',
  'examples',
  'description',
] as const;
export type PromptArea = (typeof PROMPT_AREAS)[number];

export interface PromptChange extends Change {
  /** Of a template or a schema, line by line; null for short values, which are JSON. */
  readonly lines: readonly DiffLine[] | null;
}

export interface PromptAreaDiff {
  readonly area: PromptArea;
  /** By part: `2 user` of the messages, `body.maxChars` of the inputs. */
  readonly changes: readonly PromptChange[];
}

/** Areas whose values are texts. */
const TEXTS: readonly PromptArea[] = ['messages', 'partials', 'responseFormat'];

/** The areas in which two prompts differ, in the order of {@link PROMPT_AREAS}; none where they are the same but for the name. */
export function diffPrompts(before: PromptArtifact, after: PromptArtifact): PromptAreaDiff[] {
  return PROMPT_AREAS.flatMap((area) => {
    const found = changes(partsOf(before, area), partsOf(after, area)).map((change) => ({
      ...change,
      lines: TEXTS.includes(area) ? lineDiff(change.before ?? '', change.after ?? '') : null,
    }));
    return found.length === 0 ? [] : [{area, changes: found}];
  });
}

function partsOf(prompt: PromptArtifact, area: PromptArea): Map<string, string> {
  switch (area) {
    case 'messages':
      return new Map(prompt.messages.map(({role, template}, i) => [`${i + 1} ${role}`, template]));
    case 'partials':
      return new Map(Object.entries(prompt.partials));
    case 'responseFormat':
      return new Map([['response format', JSON.stringify(prompt.responseFormat, null, 2)]]);
    case 'description':
      return new Map(prompt.description === undefined ? [] : [['description', prompt.description]]);
    default:
      return leaves(prompt[area] ?? {});
  }
}

/** `{a: {b: 1}}` → `a.b` → `1`; what is empty is a value, too, so that no two values have the same leaves. */
function leaves(value: unknown, name = '', into = new Map<string, string>()): Map<string, string> {
  const members =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  if (members.length === 0 && name !== '') into.set(name, JSON.stringify(value));
  for (const [key, inner] of members) leaves(inner, name === '' ? key : `${name}.${key}`, into);
  return into;
}
