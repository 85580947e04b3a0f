import {parsePromptFile, promptProblemLine} from '../../../../core/prompts/files/parse-prompt-file.ts';
import type {PromptArtifact} from '../../../../schemas/prompt-file.ts';
import {readFrontMatter} from '../../../../schemas/prompt-file/read-front-matter.ts';

export const TRIAGE = `---
description: Sorts a mail # optional
inputs:
  subject: {type: string, max_chars: 500}
  body: {type: string}
settings: {temperature: 0, top_p: 1, max_input_tokens: 512, max_output_tokens: 64, stop: ["\\n"], seed: 7}
---
# system
You sort mail.

# user
Subject: {{ subject }}
{{ body }}
`;

/** What is wrong with a file, a line each; none where it is a prompt. */
export function problemsOf(
  text: string,
  partials: Record<string, string> = {},
  file = 'p.prompt.md',
): string[] {
  const read = parsePromptFile(text, {file, partials, readFrontMatter});
  return read.ok ? [] : read.problems.map(promptProblemLine);
}

export function promptOf(
  text: string,
  partials: Record<string, string> = {},
  file = 'p.prompt.md',
): PromptArtifact {
  const read = parsePromptFile(text, {file, partials, readFrontMatter});
  if (!read.ok) throw new Error(read.problems.map(promptProblemLine).join('\n'));
  return read.artifact;
}

/** A prompt of one user message with these inputs, each a line of YAML. */
export function userPrompt(
  template: string,
  inputs: Record<string, string> = {},
  partials: Record<string, string> = {},
) {
  return promptOf(withInputs(template, inputs), partials);
}

export function withInputs(template: string, inputs: Record<string, string>): string {
  const lines = Object.entries(inputs).map(([name, yaml]) => `  ${name}: ${yaml}\n`);
  return `---\n${lines.length === 0 ? '' : 'inputs:\n'}${lines.join('')}---\n# user\n${template}\n`;
}
