/** What somebody who may write to the store, and holds no key of a person, appends: whole, linked and hashed as it should be. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {canonicalJson} from '../../../core/identity/canonical-json.ts';
import type {Policy} from '../../../schemas/access.ts';
import type {Deployment} from '../../../schemas/deployment.ts';
import type {AuditFact} from '../../../stores/audit/audit.ts';
import {openStores, type Stores} from '../../../stores/stores.ts';
import {verifyAudit} from '../../../stores/audit/verify-audit.ts';
import {as, person, proved} from '../../people.ts';
import {A, B, C, PROJECT, approvalFact, approve, decisionFact, digestsOf, enter} from './signed-chain.ts';
import {people, policyFact, policyOfTest, run} from './signed-chain.ts';

const {adam, anna, ben, otto, eve} = people;
const [ONE, TWO] = [run('one'), run('two')];
const mallory = person('mallory');

let folder: string;
let stores: Stores;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ratchet-forged-'));
  stores = await openStores(pathToFileURL(folder).href);
});
afterEach(() => rm(folder, {recursive: true, force: true}));

const append = async (...facts: AuditFact[]): Promise<void> => {
  for (const fact of facts) await stores.audit(PROJECT).append(fact);
};
const breaks = async (): Promise<string[]> =>
  (await verifyAudit(stores, PROJECT)).breaks.map(({reason}) => reason);
const unproved = async (): Promise<string[]> =>
  (await verifyAudit(stores, PROJECT)).unproved.map(({reason}) => reason);
const move = (change: Partial<Deployment>, by: string = ONE.rollout) =>
  stores.pointers.move(PROJECT, ({stable}) => ({
    move: {stable, canary: null, shadow: null, why: 'a step', ...change, by},
  }));

/** The first stable, under a policy that names an admin. */
async function begun(change: Partial<Policy> = {}): Promise<void> {
  await enter(stores, policyOfTest(change));
  await stores.pointers.bootstrap(PROJECT, A, {by: 'otto', why: 'the bare base'});
}

describe('an approval', () => {
  beforeEach(() => begun());

  test('that people signed holds, and what its rollout moves', async () => {
    await approve(stores, ONE, B);
    await move({canary: {release: B, weight: 10}});
    await move({canary: {release: B, weight: 50}});
    await move({stable: B});
    expect(await verifyAudit(stores, PROJECT)).toMatchObject({breaks: [], unproved: [], owed: null});
  });

  test('that nobody signed is a break, and so is the move behind it', async () => {
    await append({
      kind: 'approval',
      actor: 'anna',
      data: {status: 'approved', runId: ONE.id, digests: {release: B}},
    });
    await move({stable: B});
    expect(await breaks()).toEqual([
      'it holds no approval with its run, digests and decisions',
      expect.stringMatching(/: no approved run is behind that$/),
    ]);
  });

  test('that only looks like one is a break: no decision, or one that it names and nobody signed', async () => {
    await append(approvalFact(ONE, B, []));
    await append(approvalFact(TWO, B, [anna]));
    await move({stable: B});
    expect(await breaks()).toEqual([
      expect.stringMatching(/^it is not approved: of 0 signed decisions 0 count \(nobody\), expected 1/),
      `it names a decision of anna to approve (key ${anna.id}) that nobody signed before it`,
      expect.stringMatching(/: no approved run is behind that$/),
    ]);
  });

  test.each<[string, () => AuditFact[], RegExp[]]>([
    [
      'a decision by a key that the policy does not name',
      () => [decisionFact(mallory, {run: ONE, release: B}), approvalFact(ONE, B, [mallory])],
      [
        /^it is by key [0-9a-f]{16}, which the policy in force does not name$/,
        /^it names a decision of mallory to approve/,
      ],
    ],
    [
      'a decision under another’s name',
      () => [{...decisionFact(otto, {run: ONE, release: B}), actor: 'anna'}],
      [/^it says that anna decided, its signature is otto’s$/],
    ],
    [
      'a decision of somebody who does not approve',
      () => [decisionFact(otto, {run: ONE, release: B}), approvalFact(ONE, B, [])],
      [
        /^it is by otto, who is no approver and to whom none had delegated$/,
        /^it is not approved: of 0 signed/,
      ],
    ],
    [
      'decisions about another release',
      () => [decisionFact(anna, {run: ONE, release: C}), approvalFact(ONE, B, [])],
      [/^it is not approved: of 0 signed decisions/],
    ],
    ...(['dataset', 'report'] as const).map((part): [string, () => AuditFact[], RegExp[]] => [
      `decisions about another ${part}`,
      () => [
        decisionFact(anna, {run: ONE, release: B, change: {digests: {...digestsOf(B), [part]: A}}}),
        approvalFact(ONE, B, []),
      ],
      [/^it is not approved: of 0 signed decisions/],
    ]),
    [
      'an end that says of somebody what they did not sign',
      () => [
        decisionFact(anna, {run: ONE, release: B}),
        approvalFact(ONE, B, [], {
          status: 'rejected',
          decisions: [{action: 'reject', by: 'anna', key: anna.id}],
        }),
      ],
      [/^it names a decision of anna to reject \(key [0-9a-f]{16}\) that nobody signed before it$/],
    ],
    [
      'decisions about another run',
      () => [
        decisionFact(anna, {run: {...ONE, approval: TWO.approval}, release: B}),
        approvalFact(ONE, B, []),
      ],
      [/^it is not approved: of 0 signed decisions/],
    ],
    [
      'decisions of another project',
      () => [
        decisionFact(anna, {run: ONE, release: B, change: {project: 'sandbox'}}),
        approvalFact(ONE, B, []),
      ],
      [/^it decides in the project sandbox$/, /^it is not approved/],
    ],
    [
      'a decision that had expired',
      () => [decisionFact(anna, {run: ONE, release: B, change: {expiry: '2020-01-01T00:00:00Z'}})],
      [/^its signature had expired at 2020-01-01T00:00:00Z$/],
    ],
    [
      'a rejection among them',
      () => [
        decisionFact(anna, {run: ONE, release: B}),
        decisionFact(ben, {run: ONE, release: B, change: {action: 'reject', comment: 'no'}}),
        approvalFact(ONE, B, [anna]),
      ],
      [/^it is not approved: of 2 signed decisions 2 count \(anna to approve, ben to reject\)/],
    ],
    [
      'the starter’s own approval alone',
      () => [
        decisionFact(anna, {run: ONE, release: B}),
        approvalFact(ONE, B, [anna], {startedBy: 'anna', starterKey: anna.id}),
      ],
      [/^it is not approved: of 1 signed decisions 1 count/],
    ],
  ])('%s is a break', async (_, facts, reasons) => {
    await append(...facts());
    expect(await breaks()).toEqual(reasons.map((one) => expect.stringMatching(one) as string));
  });

  test('names who started the run as the signed start does', async () => {
    const signed = proved(anna, {project: PROJECT, act: 'run', about: {run: ONE.id, settings: 's'}});
    await begunWith({people: [as(adam, 'admin'), as(anna, 'approver', 'operator'), as(ben, 'approver')]});
    await append({kind: 'run_start', actor: 'anna', data: {run: ONE.id, signed}});
    await append(decisionFact(ben, {run: ONE, release: B}));
    const closed = (change: object, of = ONE) => approvalFact(of, B, [ben], {...change, run: of.approval});
    await append(closed({startedBy: 'anna', starterKey: anna.id}));
    expect(await breaks()).toEqual([]);
    // The key says who it was: another name is no lie, another key is. Decided anew, for an approval is closed once.
    for (const [i, change] of [{startedBy: 'anna'}, {starterKey: anna.id}].entries()) {
      const again = {...ONE, approval: `again ${i}`};
      await append(decisionFact(ben, {run: again, release: B}), closed(change, again));
    }
    expect(await breaks()).toEqual([`it says that anna started the run, which anna (key ${anna.id}) did`]);
  });

  test('a start that is entered again, or forged, changes no starter', async () => {
    await begunWith({people: [as(adam, 'admin'), as(anna, 'approver', 'operator'), as(otto, 'operator')]});
    const start = (who: typeof anna, settings: string) =>
      proved(who, {project: PROJECT, act: 'run', about: {run: ONE.id, settings}});
    const fact = (who: typeof anna, signed = start(who, 's')): AuditFact => ({
      kind: 'run_start',
      actor: who.name,
      data: {run: ONE.id, signed},
    });
    await append({...fact(mallory), actor: 'otto'}, fact(anna), fact(otto, start(otto, 'later')));
    await append(decisionFact(anna, {run: ONE, release: B}), approvalFact(ONE, B, [anna]));
    expect(await breaks()).toEqual([
      expect.stringMatching(/^it is signed by key [0-9a-f]{16}, which the policy in force does not name$/),
      expect.stringMatching(/^it is not approved: .* not by its starter alone$/),
    ]);
  });

  /** So long ago that the policy before it counts no more. */
  const begunWith = (change: Partial<Policy>) => enter(stores, policyOfTest(change), ago(20));

  test('counts each person once, each delegator in one place, and each group', async () => {
    const quorum = {
      required: 2,
      starterMayApprove: false,
      quorum: [{of: ['ben'], required: 1}],
      escalation: [],
    };
    const second = person('anna', 'second key of anna');
    const all = [
      ...policyOfTest().people,
      as({...second, name: 'anna'}, 'approver'),
      as(mallory, 'approver'),
    ];
    await begunWith({people: all, approval: quorum});
    // One person by two keys, then two people without ben.
    await approve(stores, ONE, B, [anna, {...second, name: 'anna'}]);
    await approve(stores, TWO, B, [anna, mallory]);
    expect(await breaks()).toEqual([
      expect.stringMatching(/^it is not approved: of 2 signed decisions 2 count/),
      expect.stringMatching(/^it is not approved: of 2 signed decisions 2 count/),
    ]);
    await approve(stores, run('three'), B, [anna, ben]);
    expect(await breaks()).toHaveLength(2);
  });

  test('a delegate stands in an approver’s place while the delegation does', async () => {
    const given = (until: string) =>
      proved(anna, {project: PROJECT, act: 'delegate', about: {to: 'eve', until}, comment: until});
    const delegation = (until: string): AuditFact => ({
      kind: 'delegation',
      actor: 'anna',
      data: {signed: given(until)},
    });
    await append(delegation('2020-01-01T00:00:00Z'));
    await append(decisionFact(eve, {run: ONE, release: B}));
    expect(await breaks()).toEqual(['it is by eve, who is no approver and to whom none had delegated']);
    await append(delegation('2036-01-01T00:00:00Z'));
    await approve(stores, TWO, B, [eve]);
    expect(await breaks()).toHaveLength(1);
  });

  test('a decision again, or an approval again, is a break', async () => {
    await approve(stores, ONE, B);
    await append(decisionFact(anna, {run: ONE, release: B}), approvalFact(ONE, B, [anna]));
    expect(await breaks()).toEqual([
      'it is the decision of entry 2 again',
      'it closes the approval of entry 3 again',
    ]);
  });

  test('is judged by the policy in force when it moves something, whatever times entries name', async () => {
    await approve(stores, ONE, B);
    await enter(stores, policyOfTest({people: withoutAnna}), ago(20));
    await move({canary: {release: B, weight: 10}});
    expect(await breaks()).toEqual([
      expect.stringMatching(
        /: its run’s approval does not hold by the policy in force: of 1 signed decisions 0/,
      ),
    ]);
    // … and by what its people may now.
    await enter(stores, policyOfTest({people: [as(adam, 'admin'), as(anna, 'viewer')]}), ago(20));
    await move({canary: {release: B, weight: 20}});
    expect((await breaks()).slice(1)).toEqual([expect.stringMatching(/of 1 signed decisions 0 count/)]);
    // Dated back into the quarter of an hour in which the former policy may have judged.
    await append({...decisionFact(ben, {run: TWO, release: B}), at: ago(20)});
    expect((await breaks()).slice(2)).toEqual([
      expect.stringMatching(/^it is by key [0-9a-f]{16}, which the policy in force does not name$/),
    ]);
  });

  test('holds where the policy was replaced a moment before', async () => {
    await append(decisionFact(anna, {run: ONE, release: B}));
    await enter(stores, policyOfTest({people: withoutAnna}));
    await append(approvalFact(ONE, B, [anna]));
    await move({canary: {release: B, weight: 10}});
    expect(await breaks()).toEqual([]);
  });
});

const withoutAnna = [as(adam, 'admin'), as(ben, 'approver'), as(otto, 'operator')];
const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

describe('an approval that was used up opens nothing', () => {
  beforeEach(async () => {
    await begun();
    await approve(stores, ONE, B);
    await move({canary: {release: B, weight: 10}});
  });
  const back = {why: 'back to stable: ended by anna'};

  test('after its way back', async () => {
    await move(back);
    expect(await breaks()).toEqual([]);
    await move({canary: {release: B, weight: 10}});
    expect(await breaks()).toEqual([
      expect.stringMatching(
        /: the approval of its run was used up: its candidate was taken back in entry 5$/,
      ),
    ]);
  });

  test('after it became stable, and somebody rolled back', async () => {
    await move({stable: B});
    await rollback(A, 3);
    expect(await breaks()).toEqual([]);
    await move({stable: B});
    expect(await breaks()).toEqual([
      expect.stringMatching(/: the approval of its run was used up: stable went to bbbbbbbbbbbb in entry 5$/),
    ]);
  });

  test('after another became stable; what had moved nothing yet stays good', async () => {
    const waiting = run('waiting');
    await approve(stores, TWO, C);
    await approve(stores, waiting, B);
    await move({stable: C}, TWO.rollout);
    await rollback(A, 3);
    await move({canary: {release: B, weight: 5}}, waiting.rollout);
    expect(await breaks()).toEqual([]);
    await move({canary: {release: B, weight: 10}});
    expect(await breaks()).toEqual([expect.stringMatching(/used up: stable went to cccccccccccc/)]);
    await approve(stores, run('three'), B);
    await move({canary: {release: B, weight: 20}}, run('three').rollout);
    expect(await breaks()).toHaveLength(1);
  });

  test('a further share is no less an opening than the first', async () => {
    await move(back);
    await stores.objects.put(
      `pointers/${PROJECT}/deployment.json`,
      canonicalJson({
        ...(await stores.pointers.read(PROJECT))!,
        seq: 3,
        shadow: {release: B, weight: 1},
        why: 'a copy',
      }),
    );
    expect(await breaks()).toEqual([
      expect.stringMatching(/^deployment: move 3 .*: the approval of its run was used up/),
    ]);
  });

  const rollback = (to: string, number: number) =>
    stores.pointers.rollback(PROJECT, to, {
      by: 'otto',
      why: 'worse',
      sign: (about) => {
        expect(about['move']).toBe(`${number}`);
        return proved(otto, {project: PROJECT, act: 'rollback', about});
      },
    });
});

describe('a rollback that nobody signed, where the policy names people', () => {
  beforeEach(async () => {
    await begun();
    await approve(stores, ONE, B);
    await move({stable: B});
  });
  const edit = async (change: Partial<Deployment>): Promise<void> => {
    const there = (await stores.pointers.read(PROJECT))!;
    const next = {...there, seq: 2, stable: A, former: [B], by: 'otto', why: 'rollback: mine', ...change};
    await stores.objects.put(`pointers/${PROJECT}/deployment.json`, canonicalJson(next));
  };
  const unsigned = 'it is not signed, though the policy in force names people';

  test('in the deployment alone is a break, and no move that is owed', async () => {
    await edit({});
    expect(await verifyAudit(stores, PROJECT)).toMatchObject({
      breaks: [{seq: 4, reason: `deployment: ${unsigned}`}],
      owed: null,
    });
    const by = (who: typeof otto, about: Record<string, string>) =>
      proved(who, {project: PROJECT, act: 'rollback', about});
    await edit({signed: by(anna, {from: B, to: A, move: '2'})});
    expect(await breaks()).toEqual([
      expect.stringMatching(
        /^deployment: it is signed by somebody who might not: anna has the role approver/,
      ),
    ]);
    await edit({signed: by(otto, {from: B, to: A, move: '1'})});
    expect(await breaks()).toEqual(['deployment: its signature is for another move']);
    await edit({signed: by(otto, {from: B, to: A, move: '2'})});
    expect(await verifyAudit(stores, PROJECT)).toMatchObject({
      breaks: [],
      owed: 'move 2 by otto (rollback: mine): stable aaaaaaaaaaaa',
    });
  });

  test('with the entry that a next mover added for it, or under another kind of entry', async () => {
    await edit({});
    await stores.pointers.move(PROJECT, () => ({refusal: 'only looks'}));
    expect(await breaks()).toEqual([unsigned]);
    await append({
      kind: 'pointer',
      actor: 'otto',
      data: {pointer: 3, stable: B, canary: null, shadow: null, why: 'rollback: mine'},
    });
    expect((await breaks())[1]).toMatch(/: its kind is pointer, expected rollback$/);
  });
});

test('a move that was under way when its release was retired is none; a move without its facts is a break', async () => {
  await begun();
  await approve(stores, ONE, B);
  await append({kind: 'retired', actor: 'otto', at: ago(1), data: {release: B, why: 'it lies'}});
  await move({canary: {release: B, weight: 10}});
  expect(await breaks()).toEqual([]);
  await append({kind: 'pointer', actor: ONE.rollout, data: {}}, {kind: 'rollback', actor: 'otto', data: {}});
  expect(await breaks()).toEqual([
    'it names no move of the deployment',
    'it names no move of the deployment',
  ]);
});

describe('times', () => {
  test('a decision is no older than what stands before it, whatever it says: a delegation that has ended has', async () => {
    await enter(stores, policyOfTest(), ago(120));
    const about = {to: 'eve', until: ago(30)};
    const signed = proved(anna, {project: PROJECT, act: 'delegate', about});
    await append({kind: 'delegation', actor: 'anna', at: ago(60), data: {signed}});
    const decision = decisionFact(eve, {run: ONE, release: B});
    await append({...decision, at: ago(40)});
    expect(await breaks()).toEqual([]);
    await append({kind: 'drift', actor: 'monitor', data: {}});
    await append({...decisionFact(eve, {run: TWO, release: B}), at: ago(40)});
    expect(await breaks()).toEqual(['it is by eve, who is no approver and to whom none had delegated']);
  });

  test('an entry that is dated ahead takes nobody the quarter of an hour in which a former policy counts', async () => {
    await begun();
    await append({kind: 'drift', actor: 'monitor', at: '2036-01-01T00:00:00.000Z', data: {}});
    await enter(stores, policyOfTest({people: withoutAnna}));
    await append(decisionFact(anna, {run: ONE, release: B}));
    expect(await breaks()).toEqual([]);
  });

  test('a move whose entry came late is judged as of when it was made', async () => {
    await begun();
    await approve(stores, ONE, B);
    await move({stable: B});
    await enter(stores, policyOfTest({people: withoutAnna}));
    const entry = (await stores.audit(PROJECT).entry(4))!;
    const there = (await stores.pointers.read(PROJECT))!;
    const next = {...there, seq: 2, canary: {release: C, weight: 1}, by: TWO.rollout, why: 'a step'};
    await append(decisionFact(anna, {run: TWO, release: C}), approvalFact(TWO, C, [anna]));
    await stores.objects.put(`pointers/${PROJECT}/deployment.json`, canonicalJson(next));
    const {stable, canary, shadow, why, by, at: movedAt} = next;
    const data = {pointer: 2, stable, canary, shadow, why, completed: true, movedAt};
    await append({kind: entry.kind, actor: by, data, at: inMinutes(20)});
    expect(await breaks()).toEqual([]);
  });
});
const inMinutes = (minutes: number): string => ago(-minutes);

test('a release that the chain retired gets no more traffic, though its document was taken away', async () => {
  await begun();
  await approve(stores, ONE, B);
  await move({canary: {release: B, weight: 10}});
  await append({kind: 'retired', actor: 'otto', at: ago(20), data: {release: B, why: 'it lies'}});
  // Once more makes it no later.
  await append({kind: 'retired', actor: 'otto', data: {release: B, why: 'it lies'}});
  await move({canary: {release: B, weight: 5}});
  expect(await breaks()).toEqual([]);
  await move({canary: {release: B, weight: 50}});
  expect(await breaks()).toEqual([expect.stringMatching(/: release bbbbbbbbbbbb was retired in entry 5$/)]);
});

test('an act under another’s name is a break', async () => {
  await begun();
  const signed = proved(otto, {project: PROJECT, act: 'cancel', about: {run: ONE.id}});
  await append({kind: 'cancel', actor: 'ben', data: {run: ONE.id, signed}});
  expect(await breaks()).toEqual(['it says that ben did it, it is signed by otto']);
});

describe('a policy', () => {
  test('whose signature is used again, when the policy it follows is in force again, is a break', async () => {
    await begun();
    const [first, second] = [policyOfTest(), policyOfTest({rollout: [{setWeight: 100}]})];
    const laxer = await enter(stores, second);
    const {signed} = laxer.data as {signed: ReturnType<typeof proved>};
    await enter(stores, first);
    await append(policyFact(second, laxer.data['former'] as string, signed));
    expect(await breaks()).toEqual(['the signature of its policy has been used before']);
  });

  test('of another project is a break', async () => {
    await append(policyFact({...policyOfTest(), project: 'sandbox'}, null));
    expect(await breaks()).toEqual(['it is a policy of the project sandbox']);
  });
});

describe('where no admin has signed a policy', () => {
  beforeEach(() => stores.pointers.bootstrap(PROJECT, A, {by: 'otto', why: 'the bare base'}));

  test('an approval with its signatures is unproved, not clean: whose keys they were, the chain cannot say', async () => {
    await append(policyFact(policyOfTest({people: [as(anna, 'approver')]}), null));
    await approve(stores, ONE, B, [mallory]);
    await move({stable: B});
    await stores.pointers.rollback(PROJECT, A, {by: 'mallory', why: 'x'});
    expect(await breaks()).toEqual([]);
    expect(await unproved()).toEqual([
      'no admin had signed a policy: whose keys approved, ratchet.yaml alone said',
      expect.stringMatching(/nobody signed it: who did it is what they said$/),
    ]);
  });

  test('one without them, with too few, or with a rejection, is a break all the same', async () => {
    await append(approvalFact(ONE, B, []));
    await append(decisionFact(anna, {run: TWO, release: B}), approvalFact(TWO, B, [anna], {required: 2}));
    const three = run('three');
    await append(
      decisionFact(anna, {run: three, release: B}),
      decisionFact(ben, {run: three, release: B, change: {action: 'reject', comment: 'no'}}),
      approvalFact(three, B, [anna]),
    );
    await move({stable: B});
    expect(await breaks()).toEqual([
      'it is not approved: 0 keys signed exactly these digests, expected 1',
      'it is not approved: 1 keys signed exactly these digests, expected 2',
      'it is not approved: somebody rejected it',
      expect.stringMatching(/: no approved run is behind that$/),
    ]);
  });

  test('what was decided before an admin signed, and closed behind it, is unproved', async () => {
    await append(policyFact(policyOfTest({people: [as(mallory, 'approver')]}), null));
    await append(decisionFact(mallory, {run: ONE, release: B}));
    await enter(stores, policyOfTest());
    await append(approvalFact(ONE, B, [mallory]));
    expect(await breaks()).toEqual([]);
    expect(await unproved()).toEqual([
      'no admin had signed a policy: whose keys approved, ratchet.yaml alone said',
    ]);
  });

  test('what was approved so does not move anything once an admin has signed one that names other people', async () => {
    await approve(stores, ONE, B, [mallory]);
    await enter(stores, policyOfTest(), ago(20));
    await move({canary: {release: B, weight: 10}});
    expect(await breaks()).toEqual([
      expect.stringMatching(
        /: its run’s approval does not hold by the policy in force: of 1 signed decisions 0/,
      ),
    ]);
  });
});

test('a name twice in an entry is a break, whichever of the two is hashed', async () => {
  await begun();
  await append({kind: 'drift', actor: 'monitor', data: {found: 'much'}});
  const key = `audit/${PROJECT}/000000000002.json`;
  const text = new TextDecoder().decode((await stores.objects.get(key))!.bytes);
  for (const lie of [
    text.replace('"found":"much"', '"found":"nothing","found":"much"'),
    text.replace('"kind":"drift"', '"kind":"policy","kind":"drift"'),
    text.replace('"v":1', '"v": 1'),
  ]) {
    expect(lie).not.toBe(text);
    await stores.objects.put(key, lie);
    expect(await breaks()).toEqual(['it is not the text that was hashed, such as with a name twice']);
  }
  await stores.objects.put(key, text.replace('"found":"much"', '"found":"much","found":"nothing"'));
  expect(await breaks()).toEqual(['its content was altered: it no longer hashes to its hash']);
  await stores.objects.put(key, text);
  expect(await breaks()).toEqual([]);
});

test('names that are numbers, which JSON.parse puts in another order, are as they were written', async () => {
  await begun();
  await append({kind: 'drift', actor: 'monitor', data: {9: 'a', 10: 'b', b: 1, ä: 2}});
  expect(await breaks()).toEqual([]);
});
