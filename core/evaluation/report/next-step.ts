import {short} from '../../../schemas/names.ts';
import type {Report} from '../../../schemas/report.ts';

/** What a reader does with the verdict: in words, and as commands that work in the project's folder. */
export interface NextStep {
  readonly words: string;
  readonly commands: readonly string[];
}

/** Only a pass waits for people; whatever else it is, the run has ended. */
export function nextStep({verdict, release, project}: Report): NextStep {
  switch (verdict) {
    case 'pass':
      return {
        words: 'Read the failures, then decide: you sign release, dataset and report.',
        commands: [
          `npx ratchet approve ${short(release)} --project ${project}`,
          `npx ratchet reject ${short(release)} --project ${project} --comment "why"`,
        ],
      };
    case 'fail':
      return {
        words: 'Nothing to approve: only a pass waits for approval. Change what the failed gates show, then:',
        commands: [`npx ratchet run ${project}`],
      };
    case 'inconclusive':
      return {
        words:
          'Nothing to approve: only a pass waits for approval. An undecided gate says below what it lacks, mostly golden rows. Then:',
        commands: [`npx ratchet run ${project}`],
      };
  }
}
