/**
 * The supervisor as a process of its own: `node stack/main.ts --file PROJECT.yaml`. Started by `ratchet up
 * --detach`, which hands it the environment; it runs until SIGTERM or SIGINT. With `--serve-when-asked` engines and gateway
 * begin when somebody needs them, or some seconds after the rest.
 */
import {parseArgs} from 'node:util';
import {sayLast} from '../telemetry/log.ts';
import {giveBackWhenIdle} from './give-back.ts';
import {planStack} from './plan.ts';
import {readProjectFile} from './project-file.ts';
import {supervise} from './supervisor.ts';

/** A run that is over by then, since all of it was cached, needed no engine; any other goes on longer before it asks one. */
const SERVE_AFTER_MS = 8_000;

giveBackWhenIdle();
const {values} = parseArgs({options: {file: {type: 'string'}, 'serve-when-asked': {type: 'boolean'}}});
try {
  const project = readProjectFile(values.file!);
  const supervisor = await supervise(
    project.folder,
    (ports) => planStack(project, ports),
    values['serve-when-asked'] ? {serveAfterMs: SERVE_AFTER_MS} : {},
  );
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(name, () => {
      void supervisor.stop().then(() => process.exit(0));
    });
} catch (error) {
  sayLast('supervisor', (error as Error).message);
  process.exit(1);
}
