import type {NamedModel} from '../../schemas/project.ts';
import type {ProviderModel} from '../../schemas/release.ts';

/** Ends in a version: `gpt-4o-2024-08-06`, `claude-sonnet-4-20250514`, `gemini-2.0-flash-001`, `mistral-large-2411`. */
const DATED = /(\d{4}-\d{2}-\d{2}|[-@]\d{8}|-\d{3,4})$/;

/** A named model as a release holds it. A name that itself tells a version is its own snapshot. */
export function providerPart({
  provider: vendor,
  model,
  snapshot,
}: Pick<NamedModel, 'provider' | 'model' | 'snapshot'>): ProviderModel {
  return {kind: 'provider', vendor, model, snapshot: snapshot ?? (DATED.test(model) ? model : null)};
}
