import {stringify} from 'yaml';
import {ErrorType, RatchetError} from '../../../schemas/errors.ts';
import type {PromptArtifact} from '../../../schemas/prompt-file.ts';
import {PROMPT_ENDING} from '../../../schemas/prompt-file/names.ts';
import type {FrontMatterReader} from '../../../schemas/prompt-file/read-front-matter.ts';
import {toFrontMatter} from './front-matter.ts';
import {partialFile} from './language.ts';
import {parsePromptFile, promptProblemLine} from './parse-prompt-file.ts';
import {promptDigest} from './prompt-digest.ts';
import {sectionText} from './sections.ts';

/** File name → text; the prompt's own is `NAME.prompt.md`, the others are its partials. */
export type PromptFiles = Readonly<Record<string, string>>;

/**
 * The files of a prompt: read again they give the same digest, which is checked. Throws InvalidInput for an artifact that no file
 * says, as one with a message that begins with an empty line.
 */
export function promptToFile(artifact: PromptArtifact, readFrontMatter: FrontMatterReader): PromptFiles {
  const matter = toFrontMatter(artifact);
  const head =
    Object.keys(matter).length === 0
      ? ''
      : `---\n${stringify(matter, {lineWidth: 110, blockQuote: false})}---\n`;
  const body = artifact.messages
    .map(({role, template}) => `# ${role}\n${sectionText(template)}\n`)
    .join('\n');
  const file = `${artifact.name}${PROMPT_ENDING}`;
  const text = `${head}${body}`;
  const partials = Object.entries(artifact.partials).map(
    ([name, template]) => [name, `${template}\n`] as const,
  );
  const read = parsePromptFile(text, {file, partials: Object.fromEntries(partials), readFrontMatter});
  if (!read.ok || promptDigest(read.artifact) !== promptDigest(artifact)) {
    const why = read.ok ? 'it reads as another prompt' : promptProblemLine(read.problems[0]!);
    throw new RatchetError(
      ErrorType.InvalidInput,
      `prompt "${artifact.name}": expected an artifact that a prompt file can say, got one that it cannot: ${why}`,
    );
  }
  return {
    [file]: text,
    ...Object.fromEntries(partials.map(([name, partial]) => [partialFile(name), partial])),
  };
}
