import type {GateNames} from '../../../schemas/check-gates.ts';
import type {ProjectConfig} from '../../../schemas/project.ts';
import {SLICES} from '../../curation/slices.ts';
import {GENERAL_ITEMS} from '../probes/general.ts';
import {INJECTIONS} from '../probes/injection.ts';
import {JAILBREAKS} from '../probes/jailbreak.ts';
import {PII_PROBES} from '../probes/pii-elicitation.ts';
import {metricCatalog} from '../catalog/catalog.ts';

type NamedBy = Pick<ProjectConfig, 'tasks' | 'input'> & {
  readonly gauntlet: Pick<ProjectConfig['gauntlet'], 'metrics'>;
};

/** What the gates of this project may name: every metric of its tasks, every slice that its samples can carry. */
export function gateNames({tasks, input, gauntlet}: NamedBy): GateNames {
  const slices = [
    // Golden rows by their age, and what the transform saw of them.
    'frozen',
    'new_batch',
    ...SLICES[input.format],
    // Validation rows are sliced by task, general text by topic, probes by family.
    ...Object.keys(tasks),
    ...GENERAL_ITEMS.map(({topic}) => topic),
    ...[...INJECTIONS, ...JAILBREAKS, ...PII_PROBES].map(({family}) => family),
  ];
  return {metrics: metricCatalog(tasks, 0, gauntlet.metrics), slices: [...new Set(slices)]};
}
