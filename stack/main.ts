/**
 * The supervisor as a process of its own: `node stack/main.ts --file PROJECT.yaml`. Started by `ratchet up
 * --detach`, which hands it the environment; it runs until SIGTERM or SIGINT.
 */
import {parseArgs} from 'node:util';
import {sayLast} from '../telemetry/log.ts';
import {giveBackWhenIdle} from './give-back.ts';
import {planStack} from './plan.ts';
import {readProjectFile} from './project-file.ts';
import {supervise} from './supervisor.ts';

giveBackWhenIdle();
const {values} = parseArgs({options: {file: {type: 'string'}}});
try {
  const project = readProjectFile(values.file!);
  const supervisor = await supervise(project.folder, (ports) => planStack(project, ports));
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(name, () => {
      void supervisor.stop().then(() => process.exit(0));
    });
} catch (error) {
  sayLast('supervisor', (error as Error).message);
  process.exit(1);
}
