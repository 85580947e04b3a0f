import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {policyDigest} from '../../../core/access/policy.ts';
import type {Policy, ProvedAct} from '../../../schemas/access.ts';
import type {AuditChain} from '../../../stores/audit/audit.ts';
import {enterPolicy} from '../../../stores/audit/enter-policy.ts';
import {storesOver, type Stores} from '../../../stores/stores.ts';
import {proved} from '../../people.ts';
import {MemoryStore} from '../memory-store.ts';
import {PROJECT, people, policyFact, policyOfTest} from './signed-chain.ts';

const {adam} = people;
/** A policy that names no admin; each number another one. */
const open = (n: number): Policy =>
  policyOfTest({
    people: [],
    approval: {required: 1, starterMayApprove: true, quorum: [], escalation: []},
    gauntlet: {gates: [{metric: 'm', test: 'at-least', limit: n / 1000, required: true}]},
  });

let stores: Stores;
beforeEach(() => {
  stores = storesOver(new MemoryStore());
});
afterEach(() => {
  vi.useRealTimers();
});

/** The stores, where somebody else appends right before the first so many appends. */
function outrun(times: number, other: (chain: AuditChain, n: number) => Promise<unknown>): Stores {
  let left = times;
  return {
    ...stores,
    audit: (project) => {
      const chain = stores.audit(project);
      const append = chain.append.bind(chain);
      chain.append = async (...args) => {
        if (left-- > 0) await other(stores.audit(project), left);
        return append(...args);
      };
      return chain;
    },
  };
}
const policies = async (): Promise<unknown[]> => {
  const entries = await Array.fromAsync(stores.audit(PROJECT).entries());
  return entries.filter(({kind}) => kind === 'policy').map(({data}) => data['policy']);
};
const about = {actor: 'ben'};

describe('another policy that comes first', () => {
  const another = (chain: AuditChain, n: number) => chain.append(policyFact(open(100 + n), null));

  test('is what this one is compared with: it comes into force behind that', async () => {
    const entered = await enterPolicy(outrun(19, another), open(1), about);
    expect(entered).toMatchObject({status: 'in_force', digest: policyDigest(open(1))});
    expect(await policies()).toHaveLength(20);
    expect((await policies()).at(-1)).toBe(policyDigest(open(1)));
  });

  test('under each attempt ends them: the policy is not entered', async () => {
    await expect(enterPolicy(outrun(20, another), open(1), about)).rejects.toMatchObject({
      name: 'PointerConflict',
      message: `the policy of ${PROJECT} changed under each of 20 attempts: try again`,
    });
    expect(await policies()).not.toContain(policyDigest(open(1)));
  });

  test('and is the same one is not entered twice', async () => {
    const same = (chain: AuditChain) => chain.append(policyFact(open(1), null));
    expect(await enterPolicy(outrun(1, same), open(1), about)).toMatchObject({
      status: 'in_force',
      changes: [],
    });
    expect(await policies()).toEqual([policyDigest(open(1))]);
  });
});

test('an entry of another kind that comes between is none to wait for', async () => {
  const note = (chain: AuditChain) => chain.append({kind: 'note', actor: 'otto', data: {}});
  expect(await enterPolicy(outrun(25, note), open(1), about)).toMatchObject({status: 'in_force'});
  expect(await policies()).toEqual([policyDigest(open(1))]);
});

test('the policy in force is not entered again; one before it is', async () => {
  const changes: number[] = [];
  for (const n of [1, 2, 2, 1]) changes.push((await enterPolicy(stores, open(n), about)).changes.length);
  expect(changes).toEqual([1, 1, 0, 1]);
  expect(await policies()).toEqual([1, 2, 1].map((n) => policyDigest(open(n))));
});

test.each([['lifecycle/post/1'], [undefined]])(
  'the entry names the run that entered it, if one did: %s',
  async (run) => {
    await enterPolicy(stores, open(1), {...about, ...(run !== undefined && {run})});
    const {actor, data} = (await stores.audit(PROJECT).last())!;
    expect([actor, data['run'], 'run' in data]).toEqual(['ben', run, run !== undefined]);
  },
);

describe('where an admin is named', () => {
  const [first, second] = [policyOfTest(), policyOfTest({gauntlet: {gates: []}, rollout: [{setWeight: 1}]})];
  const signed = (expiresIn: number, former = policyDigest(first)): ProvedAct =>
    proved(adam, {
      project: PROJECT,
      act: 'policy',
      about: {policy: policyDigest(second), former},
      expiry: new Date(Date.now() + expiresIn).toISOString(),
    });
  beforeEach(async () => {
    vi.useFakeTimers({now: Date.UTC(2026, 10, 26), toFake: ['Date']});
    await enterPolicy(stores, first, about);
  });

  test('another policy takes a signature, over the one in force', async () => {
    expect(await enterPolicy(stores, second, about)).toMatchObject({
      status: 'needs_signature',
      digest: policyDigest(second),
      changes: [expect.any(String)],
    });
    await expect(
      enterPolicy(stores, second, {...about, signed: signed(60_000, 'f'.repeat(64))}),
    ).rejects.toMatchObject({
      name: 'DecisionRefused',
      message: expect.stringMatching(/^the policy is not entered: /),
    });
    expect(await policies()).toEqual([policyDigest(first)]);
    expect(await enterPolicy(stores, second, {...about, signed: signed(60_000)})).toMatchObject({
      status: 'in_force',
    });
    expect(await policies()).toEqual([policyDigest(first), policyDigest(second)]);
  });

  test.each([
    ['has expired', -1],
    ['lasts longer than an hour, and what clocks differ', 65 * 60_000 + 1],
  ])('a signature that %s does not do', async (_, expiresIn) => {
    const late = enterPolicy(stores, second, {...about, signed: signed(expiresIn)});
    await expect(late).rejects.toMatchObject({name: 'DecisionRefused'});
    expect(await policies()).toEqual([policyDigest(first)]);
    await enterPolicy(stores, second, {...about, signed: signed(expiresIn < 0 ? 0 : expiresIn - 1)});
    expect(await policies()).toEqual([policyDigest(first), policyDigest(second)]);
  });
});
