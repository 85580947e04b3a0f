import type {Command} from 'commander';
import {short} from '../../schemas/names.ts';
import {retireRelease} from '../../stores/registry/retirements.ts';
import {openStores} from '../../stores/stores.ts';
import {sure} from '../ask.ts';
import {WHO_OPTION, acting, define} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {Exit, print, printJson, say} from '../output.ts';
import {chosenProject} from '../project.ts';
import {provedActor} from '../../stores/access/proved-actor.ts';

interface RetireOptions extends CommonOptions, WhoOptions {
  readonly comment: string;
  readonly yes?: boolean;
}

export function retire(program: Command): void {
  define(program, 'retire <release>', {
    what: 'never let a release answer again, by a rollout or a rollback; audited, for good; works with the stack down',
    examples: ['ratchet retire 3f9a1c20 --comment "trained on withdrawn data"'],
  })
    .requiredOption('-c, --comment <text>', 'why; kept in the audit chain')
    .option('-y, --yes', 'do not ask')
    .option(...WHO_OPTION)
    .action(
      acting(async (named: string, options: RetireOptions) => {
        const project = chosenProject(options.project);
        const {project: name} = project.config;
        const stores = await openStores(project.store);
        const {registry, objects} = stores;
        const {digest} = await registry.release(name, named);
        if (!(await sure(`Retire release ${short(digest)} of ${name} for good?`, options.yes))) {
          say('nothing was retired');
          return Exit.failed;
        }
        const {name: by, sign} = await provedActor(project, stores, {act: 'retire', key: options.key});
        const why = options.comment;
        const retired = await retireRelease(objects, {
          project: name,
          release: digest,
          by,
          why,
          sign: (about) => sign(about, why),
        });
        if (options.json) printJson(retired);
        else
          print(`release ${digest} of ${name} is retired (${retired.at}, by ${retired.by}: ${retired.why})`);
        return Exit.done;
      }),
    );
}
