import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {expect, it} from 'vitest';
import {openStores} from '../../stores/stores.ts';
import {accountOf} from '../../workers/account.ts';
import {Meter} from '../../workers/meter.ts';

const RUN = 'lifecycle/mail/20261126T000000Z-aaaaaa';

it('keeps what each piece of work used, said and stored', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-meter-'));
  try {
    const meter = new Meter('cpu');
    const stores = await openStores(pathToFileURL(folder).href, {
      onWritten: (bytes) => meter.wrote(bytes),
    });
    const end = meter.keep(stores.costs, 'mail', () => undefined);
    const account = {stage: 'curate', what: 'curateShard', workflow: 'curate/mail/0', run: RUN};
    const work = (text: string) =>
      meter.charged(account, async (spend) => {
        spend({promptTokens: 3});
        await stores.artifacts.putBytes(text, 'text/plain');
        const began = process.cpuUsage();
        while (process.cpuUsage(began).user < 20_000);
      });
    await Promise.all([work('once'), work('twice')]);
    // There already: nothing new is stored.
    await work('once');
    await stores.artifacts.putBytes("nobody's", 'text/plain');
    await end();
    const [kept, ...others] = await Array.fromAsync(stores.costs.documents('mail'));
    expect(others).toEqual([]);
    expect(kept!.source).toMatch(/^worker-cpu-[0-9a-f]{12}$/);
    expect(kept!.rows).toMatchObject([{...account, spent: {bytes: 9, promptTokens: 9, gpuSeconds: 0}}]);
    expect(kept!.rows[0]!.spent.cpuSeconds).toBeGreaterThanOrEqual(0.06);
  } finally {
    await rm(folder, {recursive: true});
  }
});

it('leaves what a killed worker had spent', {timeout: 60_000}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-meter-'));
  const store = pathToFileURL(folder).href;
  const worker = spawn(process.execPath, [join(import.meta.dirname, 'spend-forever.ts'), store]);
  try {
    const {costs} = await openStores(store);
    const kept = () => Array.fromAsync(costs.documents('mail'));
    await expect.poll(kept, {timeout: 50_000}).toHaveLength(1);
    const gone = once(worker, 'exit');
    worker.kill('SIGKILL');
    await gone;
    const [left] = await kept();
    expect(left!.rows).toMatchObject([{stage: 'curate', what: 'curateShard'}]);
    expect(left!.rows[0]!.spent.cpuSeconds).toBeGreaterThan(0.01);
  } finally {
    worker.kill('SIGKILL');
    await rm(folder, {recursive: true});
  }
});

it('charges the stage and the run that the input names, else those of its module and workflow', () => {
  const known = {workflow: 'train/mail/0', what: 'keepStage', stage: 'lifecycle'};
  const request = {stage: 'train', project: 'mail', run: RUN};
  expect(accountOf({request}, known)).toEqual({...known, stage: 'train', run: RUN});
  expect(accountOf(request, known)).toEqual({...known, stage: 'train', run: RUN});
  for (const workflow of ['sweep/mail/0', 'trial/mail/0/3'])
    expect(accountOf({request}, {...known, workflow})).toMatchObject({stage: 'sweep', run: RUN});
  expect(accountOf({project: 'mail'}, {...known, workflow: RUN})).toMatchObject({
    stage: 'lifecycle',
    run: RUN,
  });
  expect(accountOf({}, {...known, workflow: `approval/${RUN}`})).toMatchObject({run: RUN});
  expect(accountOf(undefined, {...known, workflow: 'monitor/mail', stage: 'monitor'})).toMatchObject({
    stage: 'monitor',
    run: null,
  });
});
