import {PromptFrontMatter} from './front-matter.ts';
import {readYaml, type ReadYaml} from './read-yaml.ts';

/** What reads front matter: core knows no zod, and is given it. */
export type FrontMatterReader = (
  yaml: string,
  where: {readonly file: string; readonly firstLine: number},
) => ReadYaml<PromptFrontMatter>;

/** The YAML between the two `---`, by {@link PromptFrontMatter}. */
export const readFrontMatter: FrontMatterReader = (yaml, where) => readYaml(yaml, PromptFrontMatter, where);
