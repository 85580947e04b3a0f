import type {Tokenizer} from '../../core/prompts/tokenizer.ts';
import type {ResolvedProject} from '../../schemas/stage.ts';
import {openTokenizer} from '../../serving/clients/tokenizer/open-tokenizer.ts';
import {hubModelFolder} from '../../models/model-hub.ts';
import type {ActivityContext} from '../context.ts';
import {basePath} from './base-path.ts';

/**
 * The tokenizer and chat template of a run's base model; of a model on the Hub, at its commit, out of this machine's cache.
 * `hub`: where a release was built on another commit than the run's.
 */
export async function baseTokenizer(
  resolved: ResolvedProject,
  context: ActivityContext,
  hub = resolved.base.hub,
): Promise<Tokenizer> {
  if (hub) return openTokenizer(await hubModelFolder(hub));
  const weights = await basePath({...resolved, base_model: resolved.config.base_model}, context);
  return openTokenizer(weights.kind === 'gguf' ? weights.path : weights.path_or_id);
}
