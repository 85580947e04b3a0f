import type {Command} from 'commander';
import {namesAdmin} from '../../core/access/policy.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import {enterPolicy} from '../../stores/audit/enter-policy.ts';
import {signingKey} from '../../stores/access/actor.ts';
import {sure} from '../ask.ts';
import {WHO_OPTION, acting, define, group} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {Exit, print, printJson, say, table} from '../output.ts';
import {chosenProject} from '../project.ts';
import {projectStores} from '../../stack/project-stores.ts';
import {time} from '../show.ts';
import {signedAct} from '../../stores/access/sign-act.ts';
import {policyOfProject} from '../../stores/access/signed-policy.ts';

interface SignOptions extends CommonOptions, WhoOptions {
  readonly comment: string;
  readonly yes?: boolean;
}

export function policy(program: Command): void {
  const parent = group(program, 'policy', {
    what: 'the policy that an admin signs: who may do what, how many approve, and which gates decide; works with the stack down',
    examples: ['ratchet policy diff', 'ratchet policy sign'],
  });
  showPolicy(parent);
  diffPolicy(parent);
  signPolicy(parent);
}

function showPolicy(parent: Command): void {
  define(parent, 'show [project]', {
    what: 'show the policy in force, and who signed it',
    examples: ['ratchet policy show', 'ratchet policy show mail --json'],
  }).action(
    acting(async (named: string | undefined, options: CommonOptions) => {
      const project = chosenProject(named ?? options.project);
      const {access} = await policyOfProject(project, await projectStores(project));
      const {policies, policy: inForce} = access.history.state;
      const last = policies.at(-1);
      if (options.json) {
        printJson(last === undefined ? null : {...last, policy: inForce});
        return Exit.done;
      }
      if (last === undefined || inForce === null) {
        print('no policy is in force yet: the first run, or `ratchet policy sign`, enters one');
        return Exit.done;
      }
      const signer = last.signedBy === null ? 'by nobody' : `by ${last.signedBy}`;
      print(`policy ${last.digest}, signed ${signer}, in force since ${time(last.at)} (entry ${last.entry})`);
      const {required, quorum, escalation} = inForce.approval;
      print(
        table(
          ['name', 'roles', 'moves', 'key'],
          inForce.people.map((one) => [
            one.name,
            one.roles.join(', '),
            (one.moves ?? ['canary', 'stable']).join(', '),
            one.key,
          ]),
          'it names nobody',
        ),
      );
      print(
        `approvals: ${required}${quorum.map((one) => `, and ${one.required} of ${one.of.join(', ')}`).join('')}`,
      );
      for (const {afterMs, to} of escalation)
        print(`after ${afterMs / 3_600_000} h without: ${to.join(', ')}`);
      const gates = inForce.gauntlet['gates'] as unknown[];
      print(
        `gates: ${gates.length}, digest ${short(last.gauntlet)}; rollout: ${inForce.rollout.length} steps`,
      );
      return Exit.done;
    }),
  );
}

function diffPolicy(parent: Command): void {
  define(parent, 'diff [project]', {
    what: 'show what ratchet.yaml changes in the current policy; exits with 1 if an admin must sign it',
    examples: ['ratchet policy diff', 'ratchet policy diff mail --json'],
  }).action(
    acting(async (named: string | undefined, options: CommonOptions) => {
      const project = chosenProject(named ?? options.project);
      const {access, digest, changes, unsigned} = await policyOfProject(
        project,
        await projectStores(project),
      );
      if (options.json) printJson({inForce: access.history.digest, asked: digest, changes, unsigned});
      else {
        for (const line of changes) print(line);
        if (changes.length === 0) print('ratchet.yaml asks for the policy in force');
        else if (unsigned) print('not in force: an admin signs it: ratchet policy sign');
        else print('comes into force with the next run, or with `ratchet policy sign`');
      }
      return unsigned ? Exit.failed : Exit.done;
    }),
  );
}

function signPolicy(parent: Command): void {
  define(parent, 'sign [project]', {
    what: 'sign the policy of ratchet.yaml, as an admin; it takes effect immediately',
    examples: ['ratchet policy sign', 'ratchet policy sign mail --key adam --comment "ben joins" --yes'],
  })
    .option('-c, --comment <text>', 'why; kept in the audit chain', '')
    .option('-y, --yes', 'do not ask')
    .option(...WHO_OPTION)
    .action(
      acting(async (named: string | undefined, options: SignOptions) => {
        const project = chosenProject(named ?? options.project);
        const {project: name} = project.config;
        const stores = await projectStores(project);
        const {access, asked, digest, changes} = await policyOfProject(project, stores);
        const {policy: inForce} = access.history.state;
        const key = await signingKey(project, options.key);
        const admins = (namesAdmin(inForce) ? inForce! : asked).people.filter(({roles}) =>
          roles.includes('admin'),
        );
        const admin = admins.find((one) => one.key === key.publicText);
        if (admins.length === 0)
          throw new RatchetError(
            'InvalidInput',
            `neither the policy in force nor ratchet.yaml names an admin: nobody can sign for ${name}`,
          );
        if (admin === undefined)
          throw new RatchetError(
            'NotPermitted',
            `refused: key ${key.name} (${key.id}) is not an admin's; admins: ${admins.map((one) => one.name).join(', ')}`,
          );
        for (const line of changes) say(line);
        if (changes.length > 0 && !(await sure(`Sign as ${admin.name} with key ${key.id}?`, options.yes))) {
          say('nothing was signed');
          return Exit.failed;
        }
        if (changes.length > 0) {
          const about = {policy: digest, former: access.history.digest ?? ''};
          const signed = signedAct(key, {project: name, act: 'policy', about, comment: options.comment})!;
          await enterPolicy(stores, asked, {
            actor: admin.name,
            signed: {...signed, publicKey: key.publicText},
          });
        }
        if (options.json) printJson({project: name, policy: digest, changes, by: admin.name});
        else
          print(
            changes.length > 0
              ? `policy ${digest} is in force, signed by ${admin.name}`
              : `policy ${digest} is in force already`,
          );
        return Exit.done;
      }),
    );
}
