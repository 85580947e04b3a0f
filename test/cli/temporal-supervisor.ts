/** A supervisor over the Temporal server alone, as `ratchet up` plans it: `node temporal-supervisor.ts FOLDER`. */
import {openProject} from '../../cli/project.ts';
import {planStack} from '../../stack/plan.ts';
import {supervise} from '../../stack/supervisor.ts';

const project = openProject(process.argv[2]!);
await supervise(project.folder, async (ports) => {
  const plan = await planStack(project, ports);
  return {...plan, parts: plan.parts.filter(({name}) => name === 'temporal')};
});
