import path from 'node:path';
import type {Tokenizer} from '../../core/prompts/tokenizer.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import {openTokenizer} from '../../serving/clients/tokenizer/open-tokenizer.ts';
import {hubIdOf, hubModelFolder, resolveHubModel} from '../../models/model-hub.ts';

/**
 * The tokenizer that a run of this project will use, where its model is on this machine or on the Hub; null where the default
 * model was not fetched yet. Throws InvalidInput for a path that names no model.
 */
export async function projectTokenizer(
  {base_model: base}: Pick<ProjectConfig, 'base_model'>,
  folder: string,
): Promise<Tokenizer | null> {
  const id = hubIdOf(base, folder);
  if (id !== null)
    return openTokenizer(
      await hubModelFolder(await resolveHubModel({id, revision: base.revision ?? 'main'})),
    );
  if (base.path !== undefined) return openTokenizer(path.resolve(folder, base.path));
  const model = process.env['RATCHET_MODEL'];
  return model ? openTokenizer(model) : null;
}
