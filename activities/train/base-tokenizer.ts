import type {Tokenizer} from '../../core/prompts/tokenizer.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {BaseModel} from '../../schemas/release.ts';
import {openTokenizer} from '../../serving/clients/tokenizer/open-tokenizer.ts';
import {hubModelFolder} from '../../models/model-hub.ts';
import type {ActivityContext} from '../context.ts';
import {basePath} from './base-path.ts';

/**
 * The tokenizer and chat template of a run's base model; of a model on the Hub, at its commit, out of this machine's cache.
 * `hub`: where a release was built on another commit than the run's.
 */
export async function baseTokenizer(
  {base, baseModel}: {readonly base: BaseModel; readonly baseModel: ProjectConfig['base_model']},
  context: Pick<ActivityContext, 'folder' | 'environment'>,
  hub = base.hub,
): Promise<Tokenizer> {
  if (hub) return openTokenizer(await hubModelFolder(hub));
  const weights = await basePath({base, base_model: baseModel}, context);
  return openTokenizer(weights.kind === 'gguf' ? weights.path : weights.path_or_id);
}
