import type {Command} from 'commander';

type Define = (program: Command) => void;

interface Listed {
  readonly name: string;
  /** One line of `ratchet --help`; the command's own help says more. */
  readonly summary: string;
  /** Only the command that is called is loaded: Temporal's client alone takes .3 s. */
  readonly load: () => Promise<Define>;
}

/** Every command, by what one wants to do, in the order of the help. */
export const COMMANDS: Readonly<Record<string, readonly Listed[]>> = {
  Start: [
    {
      name: 'demo',
      summary: 'see the whole lifecycle on real data',
      load: async () => (await import('./demo/command.ts')).demo,
    },
    {
      name: 'init',
      summary: 'make a project from a file of yours',
      load: async () => (await import('./commands/init.ts')).init,
    },
    {
      name: 'validate',
      summary: 'check a project without running it',
      load: async () => (await import('./commands/validate.ts')).validate,
    },
    {
      name: 'doctor',
      summary: 'check what this machine and the project need',
      load: async () => (await import('./commands/doctor.ts')).doctor,
    },
    {
      name: 'up',
      summary: 'start the local stack',
      load: async () => (await import('./commands/up.ts')).up,
    },
    {
      name: 'down',
      summary: 'stop the local stack',
      load: async () => (await import('./commands/down.ts')).down,
    },
    {
      name: 'run',
      summary: 'train, judge and release a candidate',
      load: async () => (await import('./commands/run.ts')).run,
    },
  ],
  Decide: [
    {
      name: 'approvals',
      summary: 'list what waits for an approval',
      load: async () => (await import('./commands/approvals.ts')).approvals,
    },
    {
      name: 'approve',
      summary: 'approve a release, signed with your key',
      load: async () => (await import('./commands/decide.ts')).approve,
    },
    {
      name: 'reject',
      summary: 'reject a release, signed with your key',
      load: async () => (await import('./commands/decide.ts')).reject,
    },
    {
      name: 'delegate',
      summary: 'let somebody approve for you',
      load: async () => (await import('./commands/delegate.ts')).delegate,
    },
    {
      name: 'promote',
      summary: 'continue a rollout that waits for a person',
      load: async () => (await import('./commands/promote.ts')).promote,
    },
    {
      name: 'abort',
      summary: 'end a rollout',
      load: async () => (await import('./commands/promote.ts')).abort,
    },
    {
      name: 'feedback',
      summary: 'review what users said about answers',
      load: async () => (await import('./commands/feedback.ts')).feedback,
    },
  ],
  Operate: [
    {
      name: 'rollback',
      summary: 'go back to an earlier stable release',
      load: async () => (await import('./commands/rollback.ts')).rollback,
    },
    {
      name: 'cancel',
      summary: 'cancel a run',
      load: async () => (await import('./commands/cancel.ts')).cancel,
    },
    {
      name: 'retrain',
      summary: 'retrain now, with new data and corrections',
      load: async () => (await import('./commands/retrain.ts')).retrain,
    },
    {
      name: 'schedule',
      summary: 'retrain at fixed times',
      load: async () => (await import('./commands/schedule.ts')).schedule,
    },
    {
      name: 'monitor',
      summary: 'show or control the watch for drift',
      load: async () => (await import('./commands/monitor.ts')).monitor,
    },
    {
      name: 'retire',
      summary: 'never let a release answer again',
      load: async () => (await import('./commands/retire.ts')).retire,
    },
    {
      name: 'versions',
      summary: 'list or switch versions of the workflow code',
      load: async () => (await import('./commands/versions.ts')).versions,
    },
    {
      name: 'gc',
      summary: 'delete unused data',
      load: async () => (await import('./commands/gc.ts')).gc,
    },
  ],
  Inspect: [
    {
      name: 'ui',
      summary: 'see projects, runs, releases and approvals in the browser',
      load: async () => (await import('./commands/ui.ts')).ui,
    },
    {
      name: 'runs',
      summary: 'list runs',
      load: async () => (await import('./commands/runs.ts')).runs,
    },
    {
      name: 'watch',
      summary: 'follow a run to its end',
      load: async () => (await import('./commands/watch.ts')).watch,
    },
    {
      name: 'report',
      summary: "open a release's report",
      load: async () => (await import('./commands/report.ts')).report,
    },
    {
      name: 'releases',
      summary: 'list releases and which one answers',
      load: async () => (await import('./commands/releases.ts')).releases,
    },
    {
      name: 'diff',
      summary: 'show what differs between two releases',
      load: async () => (await import('./commands/diff.ts')).diff,
    },
    {
      name: 'datasets',
      summary: 'list or search dataset versions',
      load: async () => (await import('./commands/datasets.ts')).datasets,
    },
    {
      name: 'trace',
      summary: 'show one answer with its feedback',
      load: async () => (await import('./commands/trace.ts')).trace,
    },
    {
      name: 'lineage',
      summary: 'trace an answer back to rows, adapter and approver',
      load: async () => (await import('./commands/lineage.ts')).lineage,
    },
    {
      name: 'cost',
      summary: 'show what was spent',
      load: async () => (await import('./commands/cost.ts')).cost,
    },
    {
      name: 'audit',
      summary: 'list or verify every decision and pointer move',
      load: async () => (await import('./commands/audit.ts')).audit,
    },
  ],
  Admin: [
    {
      name: 'keys',
      summary: 'your own signing keys',
      load: async () => (await import('./commands/keys.ts')).keys,
    },
    {
      name: 'policy',
      summary: 'who may do what, and which gates decide',
      load: async () => (await import('./commands/policy.ts')).policy,
    },
    {
      name: 'api-keys',
      summary: "keys of the gateway's clients",
      load: async () => (await import('./commands/api-keys.ts')).apiKeys,
    },
    {
      name: 'store-rights',
      summary: 'what each kind of process may read and write in the store',
      load: async () => (await import('./commands/store-rights.ts')).storeRights,
    },
    {
      name: 'codec',
      summary: 'encrypt what Temporal keeps',
      load: async () => (await import('./commands/codec.ts')).codec,
    },
  ],
};
