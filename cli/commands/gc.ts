import {InvalidArgumentError} from 'commander';
import {Option} from 'commander';
import type {Command} from 'commander';
import {RatchetError} from '../../schemas/errors.ts';
import {Duration} from '../../schemas/project.ts';
import {findGarbage, runningRuns, sweep} from '../../stores/registry/garbage.ts';
import {digestOf} from '../../core/identity/digest.ts';
import {proofOf} from '../../stores/audit/act-proof.ts';
import {openStores} from '../../stores/stores.ts';
import {sure} from '../ask.ts';
import {WHO_OPTION, acting, define} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {Exit, print, printJson, say, table} from '../output.ts';
import {chosenProject} from '../project.ts';
import {provedActor} from '../../stores/access/proved-actor.ts';
import {count, time} from '../show.ts';
import {issueWords} from '../../schemas/explain-issue.ts';

interface GcOptions extends CommonOptions, WhoOptions {
  readonly dryRun?: boolean;
  readonly grace: number;
  readonly yes?: boolean;
}

/** Objects that the list names one by one. */
const LISTED = 20;

export function gc(program: Command): void {
  define(program, 'gc [project]', {
    what: 'delete what no stable or earlier stable release, report or running run needs',
    examples: ['ratchet gc --dry-run', 'ratchet gc --grace "90 d" --yes'],
  })
    .option('-n, --dry-run', 'list what would be deleted, and why the rest stays; delete nothing')
    .addOption(
      new Option('--grace <duration>', 'keep everything younger than this')
        .argParser(duration)
        .default(30 * 86_400_000, '30 d'),
    )
    .option('-y, --yes', 'do not ask')
    .option(...WHO_OPTION)
    .action(
      acting(async (named: string | undefined, options: GcOptions) => {
        const project = chosenProject(named ?? options.project);
        const {store, config} = project;
        const stores = await openStores(store);
        const {objects} = stores;
        // Looking takes no right.
        const by = options.dryRun ? null : await provedActor(project, stores, {act: 'gc', key: options.key});
        if (!options.dryRun) await refuseWhileRunning(objects);
        const plan = await findGarbage(objects, new Date(Date.now() - options.grace));
        const bytes = plan.going.reduce((sum, one) => sum + one.bytes, 0);
        const text = `${count(plan.going.length)} objects, ${size(bytes)}`;
        if (!options.json) {
          print(
            table(
              ['object', 'bytes', 'why it goes'],
              plan.going.slice(0, LISTED).map(({key, bytes: n, why}) => [key, count(n), why]),
              'nothing goes',
            ),
          );
          if (plan.going.length > LISTED)
            print(`… and ${count(plan.going.length - LISTED)} more: --json lists all`);
          for (const [why, {objects: n, bytes: b}] of Object.entries(plan.kept))
            print(`stays: ${count(n)} objects, ${size(b)}, ${why}`);
        }
        const delete_ = !options.dryRun && plan.going.length > 0;
        if (delete_ && !(await sure(`Delete ${text} from ${store}, of all projects in it?`, options.yes))) {
          say('nothing was deleted');
          return Exit.failed;
        }
        if (delete_) {
          await refuseWhileRunning(objects);
          const about = {plan: digestOf(plan.going.map(({key}) => key)), before: plan.before};
          const data = {...about, objects: plan.going.length, bytes, ...proofOf(by!.sign(about))};
          await stores.audit(config.project).append({kind: 'gc', actor: by!.name, data});
          await sweep(objects, plan);
        }
        if (options.json) printJson({project: config.project, deleted: delete_, bytes, ...plan});
        else print(`${delete_ ? 'deleted' : 'would go'}: ${text}, older than ${time(plan.before)}`);
        return Exit.done;
      }),
    );
}

/** A run that works may take for there what is about to go. */
async function refuseWhileRunning(objects: Parameters<typeof runningRuns>[0]): Promise<void> {
  const running = await runningRuns(objects);
  if (running.length === 0) return;
  throw new RatchetError(
    'InvalidInput',
    `${running.map(({id}) => id).join(', ')} ${running.length === 1 ? 'is' : 'are'} running in this store, and nothing is deleted meanwhile: wait, or \`ratchet cancel\`; --dry-run shows what would go`,
  );
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function duration(text: string): number {
  const parsed = Duration.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(issueWords(parsed.error.issues[0]!));
}
