import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {beforeAll, describe, expect, test} from 'vitest';
import {NOTHING} from '../../core/cost/spent.ts';
import {User} from './cli.ts';
import {digestLineage} from '../../records/lineage.ts';
import {drawn, lineageTree} from '../../cli/lineage-tree.ts';
import {prepare} from './prepared-store.ts';
import type {Prepared} from './prepared-store.ts';
import {projectYaml} from './project-yaml.ts';

// No Temporal, no gateway, no engine: these commands read the store alone.
let user: User;
let folder: string;
let there: Prepared;

beforeAll(async () => {
  user = new User();
  folder = user.folder('post');
  writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml());
  there = await prepare(pathToFileURL(path.join(folder, '.ratchet', 'store')).href);
});

async function json<T>(...args: string[]): Promise<T> {
  const {code, stdout, stderr} = await user.ratchet([...args, '--json'], {from: folder});
  expect({code, stderr}).toEqual({code: 0, stderr: ''});
  return JSON.parse(stdout) as T;
}
async function text(...args: string[]): Promise<string> {
  const {code, stdout, stderr} = await user.ratchet(args, {from: folder});
  expect({code, stderr}).toEqual({code: 0, stderr: ''});
  return stdout;
}
async function refused(code: number, ...args: string[]): Promise<string> {
  const answer = await user.ratchet(args, {from: folder});
  expect({code: answer.code, stdout: answer.stdout}).toEqual({code, stdout: ''});
  return answer.stderr.trimEnd();
}

test('runs lists them, for people and as JSON', async () => {
  expect(await json('runs')).toEqual([there.run]);
  expect(await text('runs')).toContain(
    'lifecycle/post/20021203T114636Z-k3f9qa  2002-12-03 11:46:36Z  done    promoted',
  );
});

test.each([
  [],
  ['20021203T114636Z-k3f9qa'],
  ['20021203'],
  ['k3f9qa'],
  ['post'],
  ['lifecycle/post/20021203T114636Z-k3f9qa'],
])('watch %s shows how a run ended', async (...name) => {
  const shown = await text('watch', ...name);
  expect(shown).toContain('lifecycle/post/20021203T114636Z-k3f9qa: done, promoted');
  expect(shown).toContain('curate    done  3 of 4 rows kept');
});

test('watch and cancel of a run that nobody knows', async () => {
  expect(await refused(2, 'watch', 'abc')).toBe('ratchet: no run "abc" of post: `ratchet runs` lists them');
  expect(await refused(2, 'cancel', 'abc')).toBe('ratchet: no run "abc" of post: `ratchet runs` lists them');
});

test.each(['cancel', 'watch'])(
  '%s of a run that only Temporal could know, with the stack down',
  async (command) => {
    expect(await refused(1, command, 'lifecycle/post/20030101T000000Z-aaaaaa')).toBe(
      'ratchet: the stack of post is down: start it with `ratchet up post`',
    );
  },
);

test('releases tells what each is made of and which one answers', async () => {
  const [candidate, base] = await json<unknown[]>('releases');
  expect(candidate).toMatchObject({
    digest: there.candidate.digest,
    serves: 'stable 100 %',
    verdict: 'pass',
    adapter: there.candidate.adapter!.digest,
    dataset: there.dataset.digest,
    parent: there.base.digest,
    report: there.report,
  });
  expect(base).toMatchObject({digest: there.base.digest, serves: 'former', verdict: null, adapter: null});
});

test('datasets tells splits and drops', async () => {
  expect(await json('datasets')).toMatchObject([
    {
      digest: there.dataset.digest,
      counts: {train: 4, golden: 1},
      rowsIn: 7,
      rowsKept: 5,
      drops: {exact_duplicate: 2},
    },
  ]);
});

describe('trace', () => {
  test.each(['', 'chatcmpl-'])(
    '%s<id> shows the answer as it was stored, with its feedback',
    async (prefix) => {
      expect(await json('trace', `${prefix}${there.trace.id}`)).toMatchObject({
        trace: there.trace,
        feedback: [{correction: 'bad', trace: there.trace.id}],
      });
      const shown = await text('trace', `${prefix}${there.trace.id}`);
      expect(shown).toContain('Dear <EMAIL_1>, the parcel is here.');
      expect(shown).toContain('correction: bad');
    },
  );
  test('of nobody', async () => {
    expect(await refused(2, 'trace', there.trace.id.replace(/.$/, '0'))).toMatch(
      /^ratchet: no trace [0-9a-f]{32} of post: /,
    );
    expect(await refused(2, 'trace', 'xyz')).toBe(
      'ratchet: "xyz" is no trace id: expected 32 lower-case hex digits',
    );
  });
});

describe('lineage', () => {
  test('leads from an answer to rows, adapter, prompt, report, approver and audit entries', async () => {
    const lineage = await json<{releases: unknown[]}>('lineage', there.trace.id);
    expect(lineage).toMatchObject({
      kind: 'trace',
      trace: there.trace,
      releases: [
        {
          release: there.candidate.digest,
          parent: there.base.digest,
          models: {base: {adapter: {digest: there.candidate.adapter!.digest}}},
          prompts: [{task: 'triage', template: '{{body}} Answer:'}],
          dataset: {
            digest: there.dataset.digest,
            trainRows: [{id: 'letters/1'}, {id: 'letters/2'}, {id: 'letters/3'}, {id: 'letters/4'}],
            sources: [{name: 'letters'}],
          },
          reports: [{digest: there.report, verdict: 'pass', gates: [{metric: 'triage_balanced_accuracy'}]}],
          approvals: [
            {run: there.run.id, startedBy: 'anna', result: {decisions: [{by: 'berta', action: 'approve'}]}},
          ],
          audit: [
            {kind: 'decision', actor: 'berta'},
            {kind: 'approval', actor: 'berta'},
            {kind: 'pointer', data: {stable: there.candidate.digest}},
          ],
        },
      ],
    });
  });

  test('as a tree', async () => {
    const tree = await text('lineage', `chatcmpl-${there.trace.id}`);
    for (const line of [
      `trace ${there.trace.id}`,
      `release ${there.candidate.digest}`,
      `adapter ${there.candidate.adapter!.digest}`,
      'prompt version ',
      `dataset ${there.dataset.digest}`,
      'trained from 4 rows',
      'letters/1',
      'and 1 more: --rows shows them',
      `report ${there.report}  pass`,
      'pass triage_balanced_accuracy: at least 0.80, the limit is 0.50',
      `approve by berta with key ${there.approverKey}, 2002-12-03 11:55:00Z: looks right`,
      'pointer by rollout/lifecycle/post/20021203T114636Z-k3f9qa',
      `parent ${there.base.digest}`,
    ])
      expect(tree).toContain(line);
    expect(await text('lineage', there.trace.id, '--rows')).toContain('letters/4');
  });

  test.each<[string, (of: Prepared) => string]>([
    ['release', (of) => of.candidate.digest],
    ['dataset', (of) => of.dataset.digest],
    ['adapter', (of) => of.candidate.adapter!.digest],
    ['report', (of) => of.report],
  ])('of a %s by the first 8 digits of its digest', async (kind, of) => {
    expect(await json('lineage', of(there).slice(0, 8))).toMatchObject({
      kind,
      digest: of(there),
      releases: [{release: there.candidate.digest}],
    });
  });

  test('of nothing', async () => {
    expect(await refused(2, 'lineage', '0000000000')).toContain('nothing of post starts with 0000000000');
    expect(await refused(2, 'lineage', 'abc')).toBe(
      'ratchet: "abc" is no trace and no digest: expected 8 to 64 lower-case hex digits',
    );
  });
});

describe('report', () => {
  test('prints the path of the HTML where there is no terminal', async () => {
    const file = (await text('report', there.candidate.digest.slice(0, 8))).trim();
    expect(readFileSync(file, 'utf8')).toBe('<!doctype html><title>Report</title>');
    expect(await json('report', there.candidate.digest)).toMatchObject({
      file,
      verdict: 'pass',
      report: there.report,
    });
  });
  test('of a project is that of its newest judged release', async () => {
    const newest = {release: there.candidate.digest, report: there.report};
    expect(await json('report', 'post')).toMatchObject(newest);
    expect(await json('report')).toMatchObject(newest);
  });
  test('in its other forms', async () => {
    const read = async (form: string) =>
      readFileSync((await text('report', there.candidate.digest, '--form', form)).trim(), 'utf8');
    expect(await read('markdown')).toBe('# Report');
    expect(await read('card')).toBe('# Model card');
    expect(await text('report', 'post', '--form', 'summary')).toBe('Report\n');
  });
  test('of a release that has none, of a prefix that is too short, of no release', async () => {
    expect(await refused(2, 'report', there.base.digest)).toContain('has no report: it was not judged');
    expect(await refused(2, 'report', 'abc')).toBe(
      'ratchet: "abc" names no release: expected 8 to 64 hex digits of its digest',
    );
    expect(await refused(2, 'report', '00000000')).toMatch(
      /^ratchet: no release starts with 00000000 in file:/,
    );
  });
});

describe('promote, with the stack down', () => {
  test('refuses what is stable already, and what has no report', async () => {
    expect(await refused(1, 'promote', there.candidate.digest)).toBe(
      `ratchet: refused: release ${there.candidate.digest.slice(0, 12)} is stable already`,
    );
    expect(await refused(1, 'promote', there.base.digest)).toContain('was not judged: it has no report');
  });
});

test('approve without a key says how to make one', async () => {
  expect(await refused(2, 'approve', there.candidate.digest)).toBe(
    'ratchet: no key to sign with: make one with `ratchet keys create NAME`, or set RATCHET_KEY to a PEM file',
  );
});

describe('keys', () => {
  test('create, list and show; a key is never overwritten', async () => {
    const made = await json<{id: string; public: string; file: string}>('keys', 'create', 'anna');
    expect(made.public).toMatch(/^ed25519:/);
    expect(existsSync(made.file)).toBe(true);
    expect(await json('keys', 'list')).toEqual([made]);
    expect((await text('keys', 'show')).trim()).toBe(made.public);
    expect(await text('keys', 'show', 'anna', '--pem')).toContain('BEGIN PUBLIC KEY');
    expect(await refused(2, 'keys', 'create', 'anna')).toContain(
      'is there already: a key is never overwritten',
    );
    expect(await refused(2, 'keys', 'show', 'berta')).toContain('no key at ');
  });
});

describe('cost', () => {
  const spent = {...NOTHING, cpuSeconds: 7200, bytes: 2_000_000};
  const document = {
    v: 1 as const,
    project: 'post',
    source: 'worker-1',
    day: '2002-12-03',
    from: '2002-12-03T11:46:36.000Z',
    to: '2002-12-03T12:00:00.000Z',
  };
  const train = {stage: 'train', what: 'trainer', workflow: 'train/post/0a1b2c3d4e5f'};
  beforeAll(async () => {
    const monitor = {stage: 'monitor', what: 'checkDrift', workflow: 'monitor/post', run: null};
    await there.stores.costs.write({
      ...document,
      rows: [
        {...train, run: there.run.id, spent},
        {...monitor, spent: {...NOTHING, cpuSeconds: 3600}},
      ],
    });
    await there.stores.costs.keepEstimate({
      v: 1,
      project: 'post',
      workflow: train.workflow,
      run: there.run.id,
      stage: 'train',
      at: '',
      spent: {...NOTHING, cpuSeconds: 3600},
      basis: '64 steps × 3.69 CPU s',
      rough: false,
    });
  });
  const long = ['--days', '36500'];

  test('tells a run’s, with its estimate beside it, and by which prices and powers', async () => {
    const costs = await json<object>('cost', '--run', 'k3f9qa');
    expect(costs).toMatchObject({
      project: 'post',
      run: there.run.id,
      window: null,
      currency: 'USD',
      // 2 CPU hours at 0.05; 2 h × 3.5 W × 1.58; × 481 g.
      groups: [{name: 'train', cost: 0.1, kWh: 0.01106, gCO2e: expect.closeTo(5.31986, 9) as number}],
      compared: [{stage: 'train', estimate: {cost: 0.05}, actual: {cost: 0.1}}],
    });
    const shown = await text('cost', '--run', 'k3f9qa');
    expect(shown).toContain('train/post/0a1b2c3d4e5f  0.05 USD  0.1 USD  64 steps × 3.69 CPU s');
    expect(shown).toContain('estimated, not measured: 3.5 W a busy core');
    expect(shown).toContain('keeping what was stored: 0.000046 USD a month, not in the total');
    expect(shown).toMatch(/^train {2}2 h 00 min .* 0\.1 USD {2}11 Wh {3}5\.3 g$/m);
  });

  test('tells those of the latest run where a project is named', async () => {
    expect(await json<object>('cost', '--run', 'post')).toMatchObject({run: there.run.id, window: null});
  });

  test('tells by release what it took to make and to answer with', async () => {
    const {groups} = await json<{groups: object[]}>('cost', '--by', 'release', ...long);
    expect(groups).toMatchObject([
      {
        name: there.candidate.digest,
        cost: 0.1 + there.trace.cost,
        spent: {promptTokens: there.trace.promptTokens},
      },
      {name: null, cost: 0.05},
    ]);
  });

  test('by gateway key tells answers alone', async () => {
    const {groups} = await json<{groups: object[]}>('cost', '--by', 'key', ...long);
    expect(groups).toMatchObject([{name: null, cost: there.trace.cost, spent: {units: 1}}]);
    expect(await text('cost', '--by', 'key', ...long)).toContain('no key');
  });

  test('of days in which nothing happened', async () => {
    expect(await text('cost', '--days', '1')).toContain('nothing was spent');
  });

  test('is refused by what there is not', async () => {
    expect(await refused(2, 'cost', '--by', 'colour')).toContain(
      'Allowed choices are run, stage, release, key.',
    );
    expect(await refused(2, 'cost', '--days', '0')).toContain('expected a number of days above 0');
    expect(await refused(2, 'cost', '--run', 'abc')).toBe(
      'ratchet: no run "abc" of post: `ratchet runs` lists them',
    );
  });
});

describe('rollback and audit', () => {
  test.each([['rollback'], ['rollback', '--yes'], ['rollback', 'BASE', '--yes']])(
    'to the base model, which no gate judged, only by --to-base where nobody can be asked: %s %s',
    async (...call) => {
      const base = there.base.digest.slice(0, 12);
      expect(await refused(2, ...call.map((word) => word.replace('BASE', there.base.digest)))).toBe(
        `ratchet: refused: ${base} is the base model, never gated; add --to-base if it should answer, or name another release (\`ratchet releases\`)`,
      );
      expect((await there.stores.pointers.read('post'))!.stable).toBe(there.candidate.digest);
    },
  );

  test('back to the last former stable, audited; never by itself to what was rolled back from', async () => {
    expect(await json('rollback', '--to-base', '--comment', 'wrong answers')).toMatchObject({
      from: there.candidate.digest,
      to: there.base.digest,
      base: true,
    });
    expect(await refused(2, 'rollback', '--to-base')).toBe(
      `ratchet: post has no earlier release that was not retired or rolled back from: nothing to go back to. To choose one anyway, name it: ${there.candidate.digest.slice(0, 12)}`,
    );
    expect((await there.stores.pointers.read('post'))!.stable).toBe(there.base.digest);
    const [last] = (await json<{kind: string; data: object}[]>('audit', 'list', '--last', '1')).slice(-1);
    expect(last).toMatchObject({
      kind: 'rollback',
      data: {stable: there.base.digest, why: 'rollback: wrong answers'},
    });
    expect(await refused(2, 'rollback', there.base.digest.slice(0, 8))).toContain('is stable already');
    expect(await json('rollback', there.candidate.digest.slice(0, 8))).toMatchObject({
      to: there.candidate.digest,
      base: false,
    });
  });

  test('goes to what has been stable by the audit chain, whatever the deployment says', async () => {
    const key = 'pointers/post/deployment.json';
    const {objects, pointers} = there.stores;
    const evil = 'e'.repeat(64);
    const before = (await pointers.read('post'))!;
    const forged = {...before, former: [...before.former, evil]};
    await objects.put(key, Buffer.from(JSON.stringify(forged)));
    expect(await refused(2, 'rollback', evil)).toMatch(/has not been stable in post; former: [0-9a-f]{12}$/);
    const {code, stdout, stderr} = await user.ratchet(
      ['rollback', there.base.digest, '--json', '--to-base'],
      {
        from: folder,
      },
    );
    expect(code).toBe(0);
    expect(stderr).toContain('the deployment names other former releases than the audit chain, which counts');
    expect(JSON.parse(stdout)).toMatchObject({from: before.stable, to: there.base.digest});
    // … and the deployment is again what the chain explains.
    expect((await pointers.read('post'))!.former).toEqual([before.stable]);
    expect(await json('audit', 'verify')).toMatchObject([{project: 'post', breaks: []}]);
    await json('rollback', before.stable);
  });

  test('a retired release is listed as such, and rollback goes past it', async () => {
    const base = there.base.digest;
    await json('retire', base.slice(0, 8), '--comment', 'said too much');
    const listed = await json<{digest: string}[]>('releases');
    expect(listed.find((one) => one.digest === base)).toMatchObject({
      serves: 'former',
      retired: {why: 'said too much'},
    });
    expect(await text('releases')).toMatch(new RegExp(`${base.slice(0, 12)} +retired `));
    expect(await refused(2, 'rollback')).toContain('not retired or rolled back from: nothing to go back to');
  });

  test('audit list shows in full what changed of the gates', async () => {
    const changes = ['added', 'removed'].map((what) => `${what} ${'a_metric_with_a_long_name'.repeat(4)}`);
    await there.stores.audit('post').append({kind: 'policy', actor: 'anna', data: {changes}});
    expect(await text('audit', 'list', '--last', '1')).toContain(`changes [${changes.join('; ')}]`);
  });

  test('audit verify holds, and fails on an entry that was altered', async () => {
    expect(await json('audit', 'verify')).toMatchObject([{project: 'post', breaks: []}]);
    const entry = path.join(folder, '.ratchet', 'store', 'audit', 'post', '000000000001.json');
    const before = readFileSync(entry, 'utf8');
    writeFileSync(entry, before.replace('"actor":"berta"', '"actor":"otto"'));
    expect(readFileSync(entry, 'utf8')).not.toBe(before);
    const {code, stdout} = await user.ratchet(['audit', 'verify'], {from: folder});
    expect(code).toBe(1);
    expect(stdout).toContain('entry 1: its content was altered: it no longer hashes to its hash');
    writeFileSync(entry, before);
  });

  test('audit verify fails on a deployment that was edited, and changes nothing', async () => {
    const document = path.join(folder, '.ratchet', 'store', 'pointers', 'post', 'deployment.json');
    const before = readFileSync(document, 'utf8');
    writeFileSync(document, before.replace(/"seq":\d+/, '"seq":9').replace(/"by":"[^"]*"/, '"by":"eve"'));
    for (let time = 0; time < 2; time += 1) {
      const {code, stdout} = await user.ratchet(['audit', 'verify'], {from: folder});
      expect(code).toBe(1);
      expect(stdout).toMatch(
        /^post: 1 break in \d+ entries\n {2}entry \d+: deployment: it tells of move 9, expected move \d+\n( {2}unproved: .*\n)*$/,
      );
    }
    writeFileSync(document, before);
    expect(await json('audit', 'verify')).toMatchObject([{project: 'post', breaks: [], owed: null}]);
  });

  test('audit verify says how many entries a newer Ratchet wrote, which break nothing', async () => {
    const {code, stdout} = await user.ratchet(['audit', 'verify'], {from: folder});
    expect(code).toBe(0);
    expect(stdout).not.toContain('newer');
    for (const kind of ['quorum_lost', 'canary_widened'])
      await there.stores.audit('post').append({kind, actor: 'anna', data: {}});
    const after = await user.ratchet(['audit', 'verify'], {from: folder});
    expect(after.code).toBe(0);
    expect(after.stdout).toContain(
      '  2 entries of kinds that a newer Ratchet wrote: they explain and permit nothing here\n',
    );
    expect(await json('audit', 'verify')).toMatchObject([{breaks: [], newer: 2}]);
  });
});

test('an artifact whose bytes were changed is not shown', async () => {
  const {html} = (await there.stores.registry.reports('post', there.candidate.digest)).at(-1)!.result;
  const file = path.join(folder, '.ratchet', 'store', html.uri);
  const before = readFileSync(file);
  writeFileSync(file, '<!doctype html><title>Rapport</title>');
  expect(await refused(1, 'report', there.candidate.digest)).toMatch(
    /^ratchet: .* holds .* its reference says sha256 /,
  );
  writeFileSync(file, before);
});

describe('a document under its old digest that was changed', () => {
  const lineage = (digest: string) => digestLineage(there.stores, 'post', digest.slice(0, 8));
  const changed = async (key: string, from: string | RegExp, to: string, then: () => Promise<void>) => {
    const file = path.join(folder, '.ratchet', 'store', key);
    const before = readFileSync(file, 'utf8');
    expect(before.replace(from, to)).not.toBe(before);
    writeFileSync(file, before.replace(from, to));
    await then();
    writeFileSync(file, before);
  };

  test('a release is marked where it is listed, and its lineage refused', async () => {
    const {digest} = there.candidate;
    const key = `releases/post/${digest}.json`;
    await changed(key, '{{body}} Answer:', '{{body}} Lie:', async () => {
      const {code, stdout, stderr} = await user.ratchet(['releases'], {from: folder});
      expect(code).toBe(1);
      expect(stdout).toMatch(new RegExp(`${digest.slice(0, 12)} .*CHANGED`));
      expect(stderr).toMatch(
        /release [0-9a-f]{12}: releases\/post\/\S+ hashes to [0-9a-f]{64}: it was changed/,
      );
      await expect(lineage(digest)).rejects.toThrow(/hashes to .*: it was changed; restore it$/);
      // What else there is can still be asked about.
      expect(await lineage(there.base.digest)).toMatchObject({kind: 'release'});
    });
    const made = `"createdFrom":"${there.dataset.digest}"`;
    await changed(key, made, `"createdFrom":"${'0'.repeat(64)}"`, async () => {
      await expect(lineage(digest)).rejects.toThrow(/says that it was made from dataset 0{64}/);
    });
  });

  test('a dataset version, and the verdict beside a report', async () => {
    const {digest} = there.dataset;
    await changed(`datasets/post/${digest}.json`, /"config":"[0-9a-f]{8}/, '"config":"00000000', async () => {
      await expect(lineage(digest)).rejects.toThrow(
        /^dataset version [0-9a-f]{12} of post: its rows, settings and golden sets hash to /,
      );
    });
    const key = `reports/post/${there.candidate.digest}/${there.report}.json`;
    await changed(key, '"verdict":"pass"', '"verdict":"fail"', async () => {
      const says =
        /report [0-9a-f]{12} says pass of release .*, its entry fail of .*: the entry was changed; restore it$/;
      expect(await refused(1, 'releases')).toMatch(says);
      await expect(lineage(there.candidate.digest)).rejects.toThrow(says);
    });
  });

  test('an approval that no signed decision stands behind is shown as what it is', async () => {
    await there.stores.audit('post').append({
      kind: 'approval',
      actor: 'anna',
      data: {
        status: 'approved',
        run: 'x',
        runId: 'lifecycle/post/x',
        startedBy: 'schedule',
        starterKey: '',
        digests: {release: there.candidate.digest, dataset: there.dataset.digest, report: there.report},
        decisions: [],
      },
    });
    const amiss = 'it is not approved: 0 keys signed exactly these digests, expected 1';
    const found = (await lineage(there.candidate.digest))!;
    expect(found.releases[0]!.approvals).toMatchObject([
      {amiss: null, unproved: expect.stringContaining('no admin had signed a policy') as string},
      {amiss},
    ]);
    expect(drawn(lineageTree(found, false)).join('\n')).toContain(`does not hold: ${amiss}`);
  });
});

test('a beginning that several digests share names them all and asks for more', async () => {
  const twin = `${there.dataset.digest.slice(0, 20)}${'0'.repeat(44)}`;
  await there.stores.registry.putDataset({...there.dataset, digest: twin});
  expect(await refused(2, 'lineage', twin.slice(0, 8))).toMatch(
    new RegExp(
      `^ratchet: ${twin.slice(0, 8)} could be dataset [0-9a-f]{16}, dataset [0-9a-f]{16}: give more digits$`,
    ),
  );
  expect(await json('lineage', there.dataset.digest.slice(0, 24))).toMatchObject({
    digest: there.dataset.digest,
  });
});
