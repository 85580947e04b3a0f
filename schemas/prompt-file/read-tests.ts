import {readYaml, type ReadYaml} from './read-yaml.ts';
import {PromptTests} from './tests.ts';

/** The text of a NAME.tests.yaml, or every problem in it with its line. */
export function readPromptTests(text: string, file: string): ReadYaml<PromptTests> {
  return readYaml(text, PromptTests, {file});
}
