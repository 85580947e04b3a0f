import {text as askText, isCancel} from '@clack/prompts';
import type {Command} from 'commander';
import type {DecisionPayload} from '../../schemas/approval.ts';
import {contributionsInWords} from '../../core/evaluation/report/contributions.ts';
import {askInstead} from '../../core/access/rights.ts';
import {Provenance} from '../../schemas/dataset.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {DecideReply} from '../../schemas/messages.ts';
import {short} from '../../schemas/names.ts';
import type {Report} from '../../schemas/report.ts';
import {listKeys} from '../../stores/access/keys.ts';
import {rulesInForce} from '../../stores/access/rules.ts';
import {provenReport} from '../../stores/audit/prove-report.ts';
import type {Stores} from '../../stores/stores.ts';
import {signingKey} from '../../stores/access/actor.ts';
import {isAttended, sure} from '../ask.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {Exit, print, printJson, say, table} from '../output.ts';
import {projectOrPart} from '../project.ts';
import type {Project} from '../../stack/project-file.ts';
import {projectStores} from '../../stack/project-stores.ts';
import {diffParts} from '../../records/release-diff.ts';
import {sendDecision} from '../../client/send-decision.ts';
import type {WaitingApproval} from '../../client/waiting-approvals.ts';
import {withTemporal} from '../temporal.ts';
import {waitingApproval} from '../waiting-approval.ts';
import {partsForTerminal} from './diff.ts';

interface DecideOptions extends CommonOptions {
  readonly comment?: string;
  readonly key?: string;
  readonly run?: string;
  readonly yes?: boolean;
}
type Action = DecisionPayload['action'];

export function approve(program: Command): void {
  decision(
    program,
    'approve',
    'approve a release by its digest, or the one that waits in a project: signs the digests of release, dataset and report',
    [
      'ratchet approve mail',
      'ratchet approve 3f9a1c20 --comment "read the failures, fine"',
      'ratchet approve 3f9a1c20 --key anna --yes --json',
    ],
  );
}

export function reject(program: Command): void {
  decision(program, 'reject', 'reject a release, with the reason', [
    'ratchet reject 3f9a1c20 --comment "subjects got worse"',
  ]);
}

function decision(program: Command, action: Action, what: string, examples: readonly string[]): void {
  define(program, `${action} [release]`, {what, examples})
    .option('-c, --comment <text>', 'kept in the record; a rejection needs one')
    .option('-k, --key <name>', 'the key to sign with (`ratchet keys list`)')
    .option('--run <run>', 'the run to decide about, if several wait')
    .option('-y, --yes', 'do not ask')
    .action(
      acting(async (named: string | undefined, options: DecideOptions) => {
        const {project, part} = projectOrPart(named, options.project);
        const name = project.config.project;
        const stores = await projectStores(project);
        const digest = part === undefined ? null : (await stores.registry.release(name, part)).digest;
        const key = await signingKey(project, options.key).catch((error: unknown) =>
          namingWho(error, project, stores),
        );
        return withTemporal(project, async (client) => {
          const waiting = await waitingApproval(client, name, digest, options.run);
          const {release} = waiting.input.digests;
          if (part === undefined && (options.yes || !isAttended())) throw unnamed(action, waiting);
          say(await asked(stores, waiting));
          const comment = options.comment ?? (options.yes ? '' : await askedComment(action));
          if (action === 'reject' && comment.trim() === '')
            throw new RatchetError('InvalidInput', 'a rejection needs a reason: --comment "…"');
          if (!(await sure(`Sign and ${action} with key ${key.name} (${key.id})?`, options.yes))) {
            say('nothing was signed');
            return Exit.failed;
          }
          const reply = await sendDecision(client, waiting, {action, key, comment});
          if (options.json) printJson({release, run: waiting.input.runId, ...reply});
          else print(outcome(reply, release));
          return Exit.done;
        });
      }),
    );
}

/** Without a question nobody sees what is signed. */
function unnamed(action: Action, {input: {digests, verdict, runId}}: WaitingApproval): RatchetError {
  return new RatchetError(
    'InvalidInput',
    `name the release, since nobody is asked here: ${short(digests.release)} waits (verdict ${verdict}, run ${runId}). Read its report, then \`ratchet ${action} ${short(digests.release)} --yes\``,
  );
}

/** Who has no key learns whom to ask: the people in force who may approve. Always throws. */
async function namingWho(error: unknown, {config, folder}: Project, stores: Stores): Promise<never> {
  if (!(error instanceof RatchetError) || (await listKeys()).length > 0) throw error;
  const {people} = await rulesInForce(stores, config.project, () => Promise.resolve({config, folder}));
  if (people.length === 0) throw error;
  const instead = askInstead({act: 'approve', target: null, people});
  throw new RatchetError(error.type, `${error.message}${instead}`, {cause: error});
}

function outcome({status, outcome: whole, approvals, required}: DecideReply, release: string): string {
  const counted = status === 'duplicate' ? 'this decision was counted before' : 'counted';
  if (whole === 'approved') return `${counted}: release ${short(release)} is approved`;
  if (whole === 'rejected') return `${counted}: release ${short(release)} is rejected`;
  const so = `${counted}: ${approvals} of ${required} approvals of release ${short(release)}`;
  return `${so}; it still waits, \`ratchet approvals\` shows for whom`;
}

/** What is asked, in full: what the approver signs is what they see. */
async function asked(stores: Stores, {workflowId, input}: WaitingApproval): Promise<string> {
  const {digests, verdict, startedBy, required, project} = input;
  const entry = (await stores.registry.reports(project, digests.release)).find(
    ({result}) => result.report.sha256 === digests.report,
  );
  return [
    `${workflowId} asks about`,
    `  release  ${digests.release}`,
    `  dataset  ${digests.dataset}`,
    `  report   ${digests.report}`,
    `  verdict  ${verdict}; ${required} approval${required === 1 ? '' : 's'} needed; the run was started by ${startedBy}`,
    ...(await contributed(stores, project, digests.dataset)),
    ...(await changed(stores, project, digests.release, entry?.result.stable)),
    ...(entry ? [gates(await provenReport(stores.artifacts, entry))] : []),
  ].join('\n');
}

/** What differs from the release that it was judged against. */
async function changed(
  stores: Stores,
  project: string,
  release: string,
  stable: string | undefined,
): Promise<string[]> {
  if (stable === undefined) return [];
  const {registry} = stores;
  const [before, after] = [await registry.release(project, stable), await registry.release(project, release)];
  const lines = partsForTerminal(await diffParts(stores, before, after));
  return ['', `what changes against stable ${short(stable)}`, ...lines.map((line) => `  ${line}`)];
}

/** Who contributed how much of the rows, where users' feedback is among them. */
async function contributed(
  {registry, artifacts}: Stores,
  project: string,
  dataset: string,
): Promise<string[]> {
  const version = await registry.dataset(project, dataset).catch(() => null);
  if (version === null) return [];
  const {feedback} = await artifacts.getJson(version.provenance, Provenance);
  return feedback === undefined ? [] : [`  feedback ${contributionsInWords(feedback)}`];
}

function gates(report: Report): string {
  return table(
    ['gate', 'verdict', '', 'reason'],
    report.gates.map(({spec, verdict, reason}) => [
      spec.slice ? `${spec.metric} [${spec.slice}]` : spec.metric,
      verdict,
      spec.required ? 'required' : 'advisory',
      reason,
    ]),
    'no gate',
  );
}

async function askedComment(action: Action): Promise<string> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return '';
  const answer = await askText({
    message: action === 'reject' ? 'Why?' : 'A comment for the record (may stay empty)',
    output: process.stderr,
  });
  if (isCancel(answer)) throw new RatchetError('InvalidInput', 'nothing was signed');
  return answer ?? '';
}
