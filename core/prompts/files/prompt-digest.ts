import type {PromptArtifact} from '../../../schemas/prompt-file.ts';
import {digestOf} from '../../identity/digest.ts';

/**
 * The name of a prompt artifact: sha256 over its canonical JSON without the description, which changes nothing that a model sees.
 * The prompt's own name is in it. Line endings, the order of keys and how the YAML is written are not.
 */
export function promptDigest({description: _, ...artifact}: PromptArtifact): string {
  return digestOf(artifact);
}
