import {Option, type Command} from 'commander';
import {isUngated} from '../../core/releases/models.ts';
import type {Deployment} from '../../schemas/deployment.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import {formerReleases, type FormerReleases} from '../../stores/audit/former-releases.ts';
import {WAY_BACK, isRollback} from '../../stores/audit/move-entry.ts';
import {latestNotRetired} from '../../stores/registry/retirements.ts';
import type {Stores} from '../../stores/stores.ts';
import {isAttended, sure} from '../ask.ts';
import {WHO_OPTION, acting, define} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {Exit, print, printJson, say} from '../output.ts';
import {chosenProject} from '../project.ts';
import {projectStores} from '../../stack/project-stores.ts';
import {provedActor} from '../../stores/access/proved-actor.ts';
import {tellOfBrokenGlass} from '../tell-of-broken-glass.ts';
import {untilServed} from '../until-served.ts';

interface RollbackOptions extends CommonOptions, WhoOptions {
  readonly comment: string;
  readonly yes?: boolean;
  readonly toBase?: boolean;
  readonly breakGlass?: string;
}

export function rollback(program: Command): void {
  define(program, 'rollback [release]', {
    what: 'go back to a release that has been stable: one audited pointer move, without gate or Temporal. Without a release it goes to the one that was stable before the present one; called again, further back, and never to a release that was rolled back from or retired. Ends the rollout that is under way; to the present stable it takes canary and shadow away',
    examples: ['ratchet rollback', 'ratchet rollback 3f9a1c20 --comment "wrong answers since noon" --yes'],
  })
    .option('-c, --comment <text>', 'why; kept in the audit chain', 'by hand')
    .option('-y, --yes', 'do not ask')
    .option('--to-base', 'allow going back to the base model, which no gate ever judged, without asking')
    .addOption(
      new Option(
        '--break-glass <reason>',
        'an emergency, and nobody with the role answers: any person of the project goes back to an earlier release that gates judged. Entered as break_glass, an alarm for everybody',
      ).conflicts(['comment', 'toBase']),
    )
    .option(...WHO_OPTION)
    .action(
      acting(async (named: string | undefined, options: RollbackOptions) => {
        const project = chosenProject(options.project);
        const {project: name} = project.config;
        const stores = await projectStores(project);
        const {pointers} = stores;
        const current = await pointers.read(name);
        if (named !== undefined && !/^[0-9a-f]{8,64}$/.test(named))
          throw new RatchetError(
            'InvalidInput',
            `"${named}" names no release: expected 8 to 64 hex digits of its digest`,
          );
        if (current === null)
          throw new RatchetError('InvalidInput', `${name} has released nothing: nothing to go back to`);
        const breakGlass = options.breakGlass !== undefined;
        const why = options.breakGlass ?? options.comment;
        if (why.trim() === '') throw new RatchetError('InvalidInput', 'expected a reason, got none');
        const act = breakGlass ? 'break_glass' : 'rollback';
        const {name: by, sign} = await provedActor(project, stores, {act, key: options.key});
        const formerOfAct = async (now: Deployment): Promise<FormerReleases> => {
          const found = await formerOf(stores, now);
          return breakGlass ? inEmergency(found) : found;
        };
        const former = await formerOfAct(current);
        const target = named ?? (await lastGood(stores, current, former));
        if (!(await agreed(current, target, {former, options}))) {
          say('nothing was moved');
          return Exit.failed;
        }
        const moved = await pointers.rollback(name, target, {
          by,
          why,
          breakGlass,
          sign: (about: Record<'from' | 'to' | 'move', string>) => sign(about, why),
          former: formerOfAct,
        });
        if (moved.status === 'refused') throw new RatchetError('InvalidInput', moved.reason);
        const {deployment} = moved;
        const base = deployment.stable === former.ungated;
        if (options.json)
          printJson({
            project: name,
            from: current.stable,
            to: deployment.stable,
            base,
            seq: deployment.seq,
            by,
          });
        else
          print(
            `${name} answers from ${deployment.stable} again${base ? `, the ${BASE}` : ''} (move ${deployment.seq}, by ${by})`,
          );
        if (breakGlass) {
          say('the glass is broken: it is in the audit chain, and everybody is notified');
          const untold = await tellOfBrokenGlass(project, stores, {deployment, reason: why});
          if (untold !== null) say(untold);
        }
        const unserved = await untilServed(project, deployment.seq);
        if (unserved !== null) say(unserved);
        return Exit.done;
      }),
    );
}

const BASE = 'base model, never gated';

/** The release that was stable before the present one. Throws InvalidInput if there is none to go to. */
async function lastGood(
  {objects}: Stores,
  {project, stable, canary, shadow}: Deployment,
  {all, permitted, back}: FormerReleases,
): Promise<string> {
  const target = await latestNotRetired(objects, project, back);
  if (target !== null) return target;
  if (canary !== null || shadow !== null)
    throw new RatchetError(
      'InvalidInput',
      `nothing lies behind ${short(stable)}, which is stable: \`ratchet rollback ${short(stable)}\` takes canary and shadow away`,
    );
  const others = permitted.length > 0 ? permitted : all;
  throw new RatchetError(
    'InvalidInput',
    `${project} has no earlier release that was not retired or rolled back from: nothing to go back to` +
      (others.length === 0
        ? ''
        : `. To choose one anyway, name it: ${others.toReversed().map(short).join(', ')}`),
  );
}

/** Asks. The base model answers untrained, so it takes a word of its own: an answer at the terminal, or --to-base. */
async function agreed(
  {project, stable}: Deployment,
  target: string,
  {former: {ungated}, options}: {readonly former: FormerReleases; readonly options: RollbackOptions},
): Promise<boolean> {
  const answers = `${project} answers from ${short(stable)}.`;
  if (stable.startsWith(target)) return sure(`${answers} Take canary and shadow away?`, options.yes);
  if (ungated === null || !ungated.startsWith(target) || options.toBase === true)
    return sure(`${answers} Go back to ${target.slice(0, 12)}?`, options.yes);
  if (options.yes === true || !isAttended())
    throw new RatchetError(
      'InvalidInput',
      `refused: ${target.slice(0, 12)} is the ${BASE}; add --to-base if it should answer, or name another release (\`ratchet releases\`)`,
    );
  return sure(`${answers} Go back to ${target.slice(0, 12)} (${BASE})?`, false, {byDefault: false});
}

/** What the glass is broken for: releases further back that gates judged, none that was rolled back from. */
function inEmergency(former: FormerReleases): FormerReleases {
  const back = former.back.filter((release) => release !== former.ungated);
  return {...former, back, permitted: back};
}

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
    return {all, permitted: all, back: lastBefore(current), ungated: await firstOf(stores, current)};
  }
}

/**
 * What was stable before, as far as the deployment alone says: its last former release, if a promotion was the last move. Behind
 * any other move that may be the very release that was rolled back from, so a person has to name one.
 */
function lastBefore(current: Deployment): readonly string[] {
  const {former, canary, shadow, why} = current;
  const open = canary !== null || shadow !== null || isRollback(current) || why.startsWith(WAY_BACK);
  return open ? [] : former.slice(-1);
}

/** Without the chain: the former release that was made from no other. */
async function firstOf({registry}: Stores, {project, former}: Deployment): Promise<string | null> {
  for (const digest of former) {
    const release = await registry.release(project, digest).catch(() => null);
    if (release !== null && isUngated(release)) return digest;
  }
  return null;
}
