import type {Command} from 'commander';
import type {Deployment} from '../../schemas/deployment.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import {formerReleases, type FormerReleases} from '../../stores/audit/former-releases.ts';
import {latestNotRetired} from '../../stores/registry/retirements.ts';
import type {Stores} from '../../stores/stores.ts';
import {sure} from '../ask.ts';
import {WHO_OPTION, acting, define} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {Exit, print, printJson, say} from '../output.ts';
import {chosenProject} from '../project.ts';
import {projectStores} from '../project-stores.ts';
import {provedActor} from '../proved-actor.ts';
import {untilServed} from '../until-served.ts';

interface RollbackOptions extends CommonOptions, WhoOptions {
  readonly comment: string;
  readonly yes?: boolean;
}

export function rollback(program: Command): void {
  define(program, 'rollback [release]', {
    what: 'go back to a release that has been stable (the last one that is not retired, if none is named): one audited pointer move, without gate or Temporal; ends the rollout that is under way; to the present stable it takes canary and shadow away',
    examples: ['ratchet rollback', 'ratchet rollback 3f9a1c20 --comment "wrong answers since noon" --yes'],
  })
    .option('-c, --comment <text>', 'why; stands in the audit chain', 'by hand')
    .option('-y, --yes', 'do not ask')
    .option(...WHO_OPTION)
    .action(
      acting(async (named: string | undefined, options: RollbackOptions) => {
        const project = chosenProject(options.project);
        const {project: name} = project.config;
        const stores = await projectStores(project);
        const {objects, pointers} = stores;
        const current = await pointers.read(name);
        if (named !== undefined && !/^[0-9a-f]{8,64}$/.test(named))
          throw new RatchetError(
            'InvalidInput',
            `"${named}" names no release: expected 8 to 64 hex digits of its digest`,
          );
        const former = current === null ? NONE : await formerOf(stores, current);
        const target = named ?? (await latestNotRetired(objects, name, former.permitted));
        if (!current || target === null)
          throw new RatchetError(
            'InvalidInput',
            `${name} has no release that was stable before and is not retired: nothing to go back to`,
          );
        const question = current.stable.startsWith(target)
          ? 'Take canary and shadow away?'
          : `Go back to ${target.slice(0, 12)}?`;
        if (!(await sure(`${name} answers from ${short(current.stable)}. ${question}`, options.yes))) {
          say('nothing was moved');
          return Exit.failed;
        }
        const {name: by, sign} = await provedActor(project, stores, {act: 'rollback', key: options.key});
        const why = options.comment;
        const moved = await pointers.rollback(name, target, {
          ...{by, why, sign: (about: Record<'from' | 'to' | 'move', string>) => sign(about, why)},
          former: (now) => formerOf(stores, now),
        });
        if (moved.status === 'refused') throw new RatchetError('InvalidInput', moved.reason);
        const {deployment} = moved;
        if (options.json)
          printJson({project: name, from: current.stable, to: deployment.stable, seq: deployment.seq, by});
        else print(`${name} answers from ${deployment.stable} again (move ${deployment.seq}, by ${by})`);
        const unserved = await untilServed(project, deployment.seq);
        if (unserved !== null) say(unserved);
        return Exit.done;
      }),
    );
}

const NONE: FormerReleases = {all: [], permitted: []};

/** By the audit chain; where that cannot be read, by the deployment: going back must not wait for a repair. */
async function formerOf(stores: Stores, current: Deployment): Promise<FormerReleases> {
  const {former: all} = current;
  try {
    const found = await formerReleases(stores, current);
    if (found.all.join() !== all.join())
      say(
        'the deployment names other former releases than the audit chain, which counts: run ratchet audit verify',
      );
    return found;
  } catch (error) {
    if (!(error instanceof RatchetError) || error.type === ErrorType.Unavailable) throw error;
    say(
      `the audit chain cannot be read, so the deployment says which releases have been stable: ${error.message}`,
    );
    return {all, permitted: all};
  }
}
