import {cpus, totalmem} from 'node:os';
import {writeFile} from 'node:fs/promises';
import {parseArgs} from 'node:util';
import {openStores} from '../../stores/stores.ts';
import {residentMbOf} from '../bench/proc.ts';
import {ownEnvironment} from '../bench/own-environment.ts';
import {onTinyStack, type TinyStack} from '../bench/tiny-stack.ts';
import {allMails, attended} from '../chaos/attended.ts';
import {begin} from '../chaos/scene.ts';
import {table} from '../../cli/output.ts';
import {withTemporal} from '../../cli/temporal.ts';
import {missing, written} from './accounted.ts';
import type {Growth} from './flatness.ts';
import {load} from './load.ts';
import {retrains} from './retrains.ts';
import {watch, type Watched} from './watch.ts';

const USAGE = `usage: npm run soak [-- OPTIONS]
  The gateway answers users while one retrain after the other runs, on a small project. Memory and open handles of every
  process must stay constant in the second half, and every trace and feedback that was accepted must be in the store.
  --minutes N  how long (30); at least 1
  --seed TEXT  of what users ask (1)
  --lanes N    users at a time (2)
  --json FILE  the result for machines`;
const LOOKS = 200;
/** Each retrain loads an adapter and fills caches anew: the trend of less than two of them in a half is none. */
const LEAST_RETRAINS = 4;

const {values} = parseArgs({
  options: {
    minutes: {type: 'string', default: '30'},
    seed: {type: 'string', default: '1'},
    lanes: {type: 'string', default: '2'},
    json: {type: 'string'},
    help: {type: 'boolean', default: false},
  },
});
const [minutes, lanes] = [Number(values.minutes), Number(values.lanes)];
const unfit = !(minutes >= 1 && minutes <= 24 * 60)
  ? `--minutes: expected 1 to 1440, got "${values.minutes}"`
  : !Number.isInteger(lanes) || lanes < 1
    ? `--lanes: expected a number from 1, got "${values.lanes}"`
    : residentMbOf(process.pid) === undefined
      ? 'this system has no /proc to read memory and handles from: run it on Linux'
      : undefined;
if (values.help || unfit !== undefined) {
  process.stderr.write(`${unfit === undefined ? '' : `soak: ${unfit}\n`}${USAGE}\n`);
  process.exit(values.help ? 0 : 2);
}

const leave = ownEnvironment();
const result = await onTinyStack(soak).finally(leave);
const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
const ended = result.retrains.map(({status}) => status).join(', ') || 'none';
process.stdout.write(
  [
    processes(result.processes),
    '',
    `${result.traces} traces and ${result.feedback} feedback accepted; ${result.lost.traces.length} and ${result.lost.feedback.length} of them are not in the store`,
    `answers: ${Object.entries(result.answers)
      .map(([status, n]) => `${n} × ${status}`)
      .join(', ')}`,
    `retrains: ${ended}`,
    `${minutes} min, seed ${values.seed}; ${machine}`,
    result.wrong.length === 0 ? 'nothing was lost, nothing grew' : result.wrong.join('\n'),
    '',
  ].join('\n'),
);
if (values.json !== undefined)
  await writeFile(
    values.json,
    `${JSON.stringify({machine, minutes, seed: values.seed, ...result}, null, 2)}\n`,
  );
process.exitCode = result.wrong.length === 0 ? 0 : 1;

async function soak(stack: TinyStack) {
  const {project, supervisor} = stack;
  const name = project.config.project;
  return withTemporal(project, async (client) => {
    process.stderr.write('the first release …\n');
    const first = await attended({stack, client}, await begin({stack, client}));
    if (first.status !== 'promoted') throw new Error(`the first run is ${first.status}: ${first.reason}`);
    process.stderr.write(`users and retrains for ${minutes} min …\n`);
    const {gateway, admin} = supervisor.state();
    const from = Date.now();
    const over = AbortSignal.timeout(minutes * 60_000);
    const watched = watch(stack, Math.max(1_000, (minutes * 60_000) / LOOKS));
    const mails = await allMails(stack);
    const [accepted, trained] = await Promise.all([
      load({gateway, model: `${name}/triage`, mails, lanes, seed: values.seed, over}),
      retrains(stack, client, over),
    ]);
    const seen = watched();
    await written(admin!);
    const lost = await missing(await openStores(project.store), name, accepted, from);
    return {
      traces: accepted.traces.size,
      feedback: accepted.feedback.size,
      lost,
      answers: Object.fromEntries(accepted.answers),
      retrains: trained,
      processes: seen,
      wrong: [
        ...(lost.traces.length > 0 ? [`${lost.traces.length} accepted traces are lost`] : []),
        ...(lost.feedback.length > 0 ? [`${lost.feedback.length} accepted feedback are lost`] : []),
        ...(accepted.traces.size === 0 ? ['no request was accepted'] : []),
        ...((accepted.answers.get('lost') ?? 0) > 0
          ? [`${accepted.answers.get('lost')} connections broke off`]
          : []),
        ...Object.entries(seen).flatMap(([part, {deaths}]) =>
          deaths > 0 ? [`${part} ended on its own ${deaths} times`] : [],
        ),
        ...(trained.length < LEAST_RETRAINS
          ? [
              `growth is inconclusive: ${trained.length} retrains ended, at least ${LEAST_RETRAINS} needed: give it more minutes`,
            ]
          : Object.entries(seen).flatMap(([part, one]) => grown(part, one))),
      ],
    };
  });
}

function grown(part: string, {memoryMb, handles, judged}: Watched): string[] {
  const told = (what: string, {grew, limit}: Growth) =>
    `${part}: ${what} grew by ${grew.toFixed(1)} in the second half, expected ${limit.toFixed(1)} at most`;
  return [
    ...(judged && !memoryMb.flat ? [told('memory (MB)', memoryMb)] : []),
    ...(judged && !handles.flat ? [told('open handles', handles)] : []),
  ];
}

function processes(seen: Readonly<Record<string, Watched>>): string {
  const cells = ({median, grew, limit}: Growth) => [
    median.toFixed(0),
    `${grew < 0 ? '' : '+'}${grew.toFixed(1)}`,
    limit.toFixed(1),
  ];
  return table(
    ['process', 'memory, MB', 'grew', 'limit', 'handles', 'grew', 'limit', ''],
    Object.entries(seen).map(([name, one]) => [
      name,
      ...cells(one.memoryMb),
      ...cells(one.handles),
      !one.judged ? 'not ours' : one.memoryMb.flat && one.handles.flat ? 'flat' : 'GROWS',
    ]),
    'nothing was seen',
  );
}
