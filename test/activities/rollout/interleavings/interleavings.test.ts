import {beforeAll, expect, it, vi} from 'vitest';
import type * as signature from '../../../../core/approval/signature.ts';
import type * as audit from '../../../../stores/audit/audit.ts';
import type {AuditEntry} from '../../../../schemas/audit.ts';
import type * as permission from '../../../../activities/rollout/permission.ts';
import type {RolloutInput, RolloutStep} from '../../../../schemas/deployment.ts';
import {rolloutWorkflowId} from '../../../../schemas/names.ts';
import {storesOver} from '../../../../stores/stores.ts';
import {verifyAudit} from '../../../../stores/audit/verify-audit.ts';
import {MemoryStore} from '../../../stores/memory-store.ts';
import {approvedFacts} from '../../../stores/audit/signed-chain.ts';
import {projectOf} from '../../../workflows/project-of.ts';
import {releaseOf} from '../../../workflows/releases.ts';
import {LightChain} from './light-chain.ts';
import {FAULTS, Schedule, type Candidate, type Permitting} from './schedule.ts';

// Signatures and reports have their own tests; here it is asked who has an approval, and when.
vi.mock('../../../../activities/rollout/permission.ts', async (original) => ({
  ...(await original<typeof permission>()),
  checkPermission: (input: RolloutInput, context: Permitting) => context.permit(input),
}));
// A few decisions are read by every attempt, each of which is a process of its own.
vi.mock('../../../../core/approval/signature.ts', async (original) => {
  const real = await original<typeof signature>();
  const held = new Map<string, boolean>();
  const verifyDecision: typeof real.verifyDecision = (decision, key) => {
    const known = held.get(decision.signature) ?? real.verifyDecision(decision, key);
    held.set(decision.signature, known);
    return known;
  };
  return {...real, verifyDecision};
});
// One schedule in twenty has the chain itself.
let full = true;
let begun: readonly AuditEntry[] = [];
vi.mock('../../../../stores/audit/audit.ts', async (original) => {
  const real = await original<typeof audit>();
  return {
    ...real,
    AuditChain: function (store: MemoryStore, project: string) {
      return full ? new real.AuditChain(store, project) : new LightChain(store, project, begun);
    },
  };
});
// Turns are given by the schedule.
vi.mock('../../../../stores/objects/back-off.ts', () => ({backOff: () => Promise.resolve()}));

const NAME = 'interleaved';
const SCHEDULES = 10_000;
const STEPS: Record<string, RolloutStep[]> = {
  a: [{setWeight: 10}, {pause: {}}, {setWeight: 50}],
  b: [{setShadow: 100}, {setWeight: 10}],
  c: [{setShadow: 50}],
  d: [{setWeight: 100}],
};
const nothing = {uri: 'n', sha256: '0'.repeat(64), bytes: 0, mediaType: 'application/json'};
let world: Omit<ConstructorParameters<typeof Schedule>[1], never>;

beforeAll(async () => {
  const objects = new MemoryStore();
  const stores = storesOver(objects);
  const {context, remove} = await projectOf(NAME, {}, stores);
  await remove();
  const old = releaseOf(NAME, 'old');
  await stores.registry.putRelease(old);
  await stores.pointers.bootstrap(NAME, old.digest, {by: 'test', why: 'bootstrap'});
  const candidates: Candidate[] = [];
  // Two releases; another run of the first one; and one that nobody approved.
  for (const [run, version] of [
    ['a', 'new'],
    ['b', 'other'],
    ['c', 'new'],
    ['d', 'refused'],
  ] as const) {
    const release = releaseOf(NAME, version);
    await stores.registry.putRelease(release);
    const runId = `lifecycle/${NAME}/${run}`;
    const digests = {release: release.digest, dataset: '1'.repeat(64), report: '2'.repeat(64)};
    const approved = run !== 'd';
    if (approved)
      for (const fact of approvedFacts({project: NAME, runId, digests}))
        await stores.audit(NAME).append(fact);
    const refs = {report: nothing, html: nothing, markdown: nothing, modelCard: nothing};
    candidates.push({
      by: rolloutWorkflowId(runId),
      release: release.digest,
      approved,
      input: {
        project: NAME,
        runId,
        release: release.digest,
        stable: old.digest,
        steps: STEPS[run]!,
        startedBy: 'ben',
        proof: {
          gauntlet: {release: release.digest, stable: old.digest, verdict: 'pass', ...refs},
          approval: {status: 'approved', digests, decisions: [], at: new Date(0).toISOString()},
        },
      },
    });
  }
  begun = await Array.fromAsync(stores.audit(NAME).entries());
  world = {objects, context, first: (await stores.pointers.read(NAME))!, candidates};
});

it(
  `${SCHEDULES} schedules of freeze, kill, cancel, terminate, reset, rollback and other rollouts: nothing moves that should not`,
  {timeout: 300_000},
  async () => {
    const seen = new Map<string, number>();
    const count = (what: string): number => seen.set(what, (seen.get(what) ?? 0) + 1).size;
    for (let seed = 0; seed < SCHEDULES; seed += 1) {
      full = seed % 20 === 0;
      const schedule = new Schedule({seed, everything: full}, world);
      const {wrong, told, faults, store, results} = await schedule.play();
      expect(wrong, `seed ${seed}: ${told.join('; ')}`).toEqual([]);
      for (const what of [...faults, ...results]) count(what.split(':')[0]!);
      // The chain tells it as it was.
      if (full)
        expect(await verifyAudit(storesOver(store), NAME), `seed ${seed}`).toMatchObject({breaks: []});
    }
    // The faults took place, and every end that a rollout can have.
    for (const what of [...FAULTS, 'promoted', 'fell back', 'superseded', 'cancelled', 'failed'])
      expect(seen.get(what), what).toBeGreaterThan(SCHEDULES / 100);
  },
);
