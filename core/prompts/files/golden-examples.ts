import {ErrorType, RatchetError} from '../../../schemas/errors.ts';
import type {PromptArtifact} from '../../../schemas/prompt-file.ts';

/**
 * Throws GoldenOverlap where a prompt's examples are golden rows: a model that is shown an answer is not measured by it.
 * `goldenRowIds` are those of every golden set that the prompt will be judged by.
 */
export function refuseGoldenExamples(
  examples: PromptArtifact['examples'],
  goldenRowIds: ReadonlySet<string> | readonly string[],
): void {
  const golden = new Set(goldenRowIds);
  const shown = (examples?.rows ?? []).filter((row) => golden.has(row));
  if (shown.length === 0) return;
  throw new RatchetError(
    ErrorType.GoldenOverlap,
    `examples.rows: expected rows that no golden set holds, got the golden ${shown.length === 1 ? 'row' : 'rows'} ${shown.join(', ')}: name others`,
  );
}
