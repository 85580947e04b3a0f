import {z} from 'zod';
import {PromptFrontMatter} from '../../schemas/prompt-file/front-matter.ts';
import {PromptTests} from '../../schemas/prompt-file/tests.ts';

/** schemas/prompt.schema.json: what an editor checks and shows of a prompt file's front matter. */
export function promptJsonSchema(): string {
  return jsonSchema(PromptFrontMatter, 'Front matter of a NAME.prompt.md');
}

/** schemas/prompt-tests.schema.json: the same of a NAME.tests.yaml. */
export function promptTestsJsonSchema(): string {
  return jsonSchema(PromptTests, 'NAME.tests.yaml');
}

function jsonSchema(schema: z.ZodType, title: string): string {
  const json = z.toJSONSchema(schema, {io: 'input', unrepresentable: 'any', reused: 'inline'});
  return `${JSON.stringify({...json, title}, null, 2)}\n`;
}
