import {openStores} from '../../stores/stores.ts';
import {startRun} from '../../cli/start-run.ts';
import {withTemporal} from '../../cli/temporal.ts';
import {attend} from '../../cli/demo/attend.ts';
import {mailsOf} from '../../cli/demo/mailbox.ts';
import {Users} from '../../cli/demo/users.ts';
import {runningJobs} from '../../stack/jobs.ts';
import {stackPaths} from '../../stack/stack-file.ts';
import {NO_PROC, peakMbOf} from './proc.ts';
import {onTinyStack, type TinyStack} from './tiny-stack.ts';

export interface MemoryBench {
  /** How the run ended. */
  readonly run: string;
  /** Peak resident memory of each process in MB (10⁶ bytes), the trainer's among them. */
  readonly peakMb: Readonly<Record<string, number>>;
  readonly target: {readonly workersAndGatewayMb: 1500; readonly met: boolean};
}

const LOOK_MS = 500;

/** What each process of the stack needs at most while the tiny project goes from data to traffic. */
export async function benchMemory(): Promise<MemoryBench | {readonly inconclusive: string}> {
  if (peakMbOf(process.pid) === undefined) return {inconclusive: String(NO_PROC)};
  return onTinyStack(async (stack) => {
    const peaks = new Map<string, number>();
    const look = () => note(peaks, stack);
    const looking = setInterval(look, LOOK_MS);
    try {
      const run = await throughTheLifecycle(stack);
      look();
      const peakMb = Object.fromEntries([...peaks].sort());
      const ours = Object.entries(peakMb).filter(([name]) => /^(worker|gateway)/.test(name));
      const met = ours.every(([, mb]) => mb <= 1500);
      return {run, peakMb, target: {workersAndGatewayMb: 1500, met}};
    } finally {
      clearInterval(looking);
    }
  });
}

/** The system keeps the peak of a process as long as it lives: looking now and then misses only its very end. */
function note(peaks: Map<string, number>, {project, supervisor}: TinyStack): void {
  const parts = Object.entries(supervisor.state().pids).map(([name, {pid}]) => ({name, pid}));
  const trainers = runningJobs(stackPaths(project.folder).jobs).map(({pid}) => ({name: 'trainer', pid}));
  for (const {name, pid} of [...parts, ...trainers]) {
    const mb = peakMbOf(pid);
    if (mb !== undefined) peaks.set(name, Math.max(mb, peaks.get(name) ?? 0));
  }
}

/** One run with users who ask while it is rolled out; gives its status. */
async function throughTheLifecycle({project, key, starter, supervisor}: TinyStack): Promise<string> {
  const {config, folder, rowKey} = project;
  const stores = await openStores(project.store);
  const mails = await mailsOf(config.sources, {config, folder, rowKey: Buffer.from(rowKey, 'hex')});
  return withTemporal(project, async (client) => {
    const run = await startRun(client, stores, project, starter);
    const {status} = await attend({
      client,
      run,
      key,
      interactive: false,
      users: new Users(supervisor.state().gateway, `${config.project}/triage`),
      traffic: async () => mails.slice(0, 40),
    });
    return status;
  });
}
