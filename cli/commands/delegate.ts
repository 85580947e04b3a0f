import type {Command} from 'commander';
import {stands} from '../../core/approval/delegations.ts';
import {actDigest} from '../../core/access/signed-act.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import {proveAct} from '../../stores/access/prove-act.ts';
import {rulesInForce, type Rules} from '../../stores/access/rules.ts';
import {signingKey} from '../../stores/access/actor.ts';
import {WHO_OPTION, acting, define} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {Exit, print, printJson, table} from '../output.ts';
import {chosenProject} from '../project.ts';
import {projectStores} from '../../stack/project-stores.ts';
import type {Project} from '../../stack/project-file.ts';
import {time} from '../show.ts';
import {signedAct} from '../../stores/access/sign-act.ts';

interface DelegateOptions extends CommonOptions, WhoOptions {
  readonly to?: string;
  readonly until?: string;
  readonly revoke?: string;
  readonly comment: string;
}

export function delegate(program: Command): void {
  define(program, 'delegate [project]', {
    what: 'let somebody approve for you until a day, or revoke that; without options: list; works with the stack down',
    examples: [
      'ratchet delegate --to ben --until 2026-12-24',
      'ratchet delegate --revoke 3f9a1c20',
      'ratchet delegate mail --json',
    ],
  })
    .option('--to <name>', 'who decides for you: a person of the project')
    .option('--until <date>', 'until the end of that day in UTC, or until that ISO time')
    .option('--revoke <delegation>', 'the first digits of its digest')
    .option('-c, --comment <text>', 'why; kept in the audit chain', '')
    .option(...WHO_OPTION)
    .action(
      acting(async (named: string | undefined, options: DelegateOptions) => {
        const project = chosenProject(named ?? options.project);
        const {to, until, revoke} = options;
        if ((to === undefined) !== (until === undefined) || (to !== undefined && revoke !== undefined))
          throw new RatchetError('InvalidInput', 'give --to and --until together, or --revoke alone');
        const stores = await projectStores(project);
        const {config, folder} = project;
        const rules = await rulesInForce(stores, config.project, () => Promise.resolve({config, folder}));
        if (to === undefined && revoke === undefined) return listed(rules, options);
        const fact =
          to === undefined
            ? await revocation(project, rules, {...options, revoke: revoke!})
            : await delegation(project, rules, {...options, to, until: until!});
        const entry = await stores.audit(config.project).append(fact);
        const digest = actDigest(fact.data.signed.payload);
        if (options.json)
          printJson({project: config.project, entry: entry.seq, digest, ...fact.data.signed.payload.about});
        else
          print(
            `${fact.said}; entry ${entry.seq}, delegation ${short(fact.data.signed.payload.about['delegation'] ?? digest)}`,
          );
        return Exit.done;
      }),
    );
}

async function delegation(
  project: Project,
  rules: Rules,
  options: DelegateOptions & {readonly to: string; readonly until: string},
) {
  const {people, delegations} = rules;
  const until = endOf(options.until);
  const {signed, by} = await proved(project, rules, 'delegate', {to: options.to, until}, options);
  if (!people.some(({name}) => name === options.to))
    throw new RatchetError(
      'InvalidInput',
      `--to ${options.to}: expected a person of the project other than you (${people.map(({name}) => name).join(', ')})`,
    );
  if (options.to === by) throw new RatchetError('InvalidInput', `--to ${by}: that is you`);
  const own = people.filter(({name}) => name === by).map(({id}) => id);
  const open = delegations.find((one) => own.includes(one.by) && stands(one, Date.now()));
  if (open)
    throw new RatchetError(
      'InvalidInput',
      `${by} has delegated to ${open.to} until ${open.until}: revoke that first, with --revoke ${short(open.digest)}`,
    );
  return {
    kind: 'delegation',
    actor: by,
    data: {signed},
    said: `${options.to} may approve for ${by} until ${until}`,
  };
}

async function revocation(
  project: Project,
  rules: Rules,
  options: DelegateOptions & {readonly revoke: string},
) {
  const fit = rules.delegations.filter(
    ({digest}) => digest.startsWith(options.revoke) && options.revoke.length >= 8,
  );
  if (fit.length !== 1)
    throw new RatchetError(
      'InvalidInput',
      `--revoke ${options.revoke}: expected at least 8 digits of one delegation; \`ratchet delegate\` lists them`,
    );
  const [{digest, by: owner, to}] = fit as [(typeof fit)[0]];
  const {signed, by} = await proved(project, rules, 'revoke', {delegation: digest}, options);
  const admin =
    rules.by === 'policy' && rules.people.some(({name, roles}) => name === by && roles.includes('admin'));
  if (signed.payload.key !== owner && !admin)
    throw new RatchetError(
      'NotPermitted',
      `refused: delegation ${short(digest)} was signed by key ${owner}: sign with that, or as an admin of a signed policy`,
    );
  return {
    kind: 'revocation',
    actor: by,
    data: {signed},
    said: `${to} may no longer approve by this delegation`,
  };
}

async function proved(
  project: Project,
  rules: Rules,
  act: 'delegate' | 'revoke',
  about: Record<string, string>,
  {key, comment}: DelegateOptions,
) {
  const name = project.config.project;
  const signing = await signingKey(project, key);
  const signed = signedAct(signing, {project: name, act, about, comment});
  const proof = proveAct(
    rules,
    {project: name, act, about, target: null},
    {by: signing.name, signed, now: Date.now()},
  );
  if (proof.status === 'proved') return proof;
  throw new RatchetError(
    'NotPermitted',
    proof.status === 'refused' ? `refused: ${proof.reason}` : `refused: ${name} names no approver yet`,
  );
}

/** `2026-12-24` → the end of that day in UTC; an ISO time as it is. Throws InvalidInput for anything else, and for the past. */
function endOf(text: string): string {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const ms = Date.parse(text) + (day ? 86_400_000 : 0);
  if (!/^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(text) || Number.isNaN(ms) || ms <= Date.now())
    throw new RatchetError(
      'InvalidInput',
      `--until ${text}: expected a day or time to come, such as 2026-12-24 or 2026-12-24T12:00:00Z`,
    );
  return new Date(ms).toISOString();
}

function listed({delegations, people}: Rules, options: CommonOptions): Exit {
  const now = Date.now();
  const all = delegations.map((one) => ({
    ...one,
    name: people.find(({id}) => id === one.by)?.name ?? `key ${one.by}`,
    stands: stands(one, now),
  }));
  if (options.json) printJson(all);
  else
    print(
      table(
        ['delegation', 'of', 'to', 'from', 'until', ''],
        all.map(({digest, name, to, from, until, revoked, stands: still}) => [
          short(digest),
          name,
          to,
          time(from),
          time(until),
          still ? 'in force' : revoked === null ? 'over' : `revoked ${time(revoked)}`,
        ]),
        'nobody has delegated anything',
      ),
    );
  return Exit.done;
}
