import {describe, expect, it} from 'vitest';
import type {RolloutInput, RolloutStep} from '../../../schemas/deployment.ts';
import type {Report} from '../../../schemas/report.ts';
import {approverOf, reported} from '../approved.ts';
import {details} from '../details.ts';
import {rolloutBed} from './rollout-bed.ts';

const bed = rolloutBed();

describe('a rollout that is not permitted moves nothing', () => {
  const refused = async (input: RolloutInput, reason: RegExp): Promise<void> => {
    const handle = await bed.start(input);
    expect(await handle.result()).toMatchObject({status: 'refused', reason: expect.stringMatching(reason)});
    expect(await bed.deployment()).toMatchObject({stable: bed.stable, canary: null, shadow: null});
    const kinds = (await bed.project.audited()).map(({kind}) => kind);
    expect(kinds.filter((kind) => /pointer|rollout/.test(kind))).toEqual(['rollout_ended']);
  };
  const steps: RolloutStep[] = [{setWeight: 100}];

  it('without an approval in the audit chain, whatever its input says', async () => {
    const input = await bed.permittedInput(steps);
    await refused({...input, runId: `${input.runId}2`}, /the audit chain holds no approval of run .*2;/);
  });

  it('with an approval of other digests', async () => {
    const input = await bed.permittedInput(steps);
    const other = await reported(bed.project, {
      release: bed.candidate,
      stable: bed.stable,
      dataset: 'e'.repeat(64),
    });
    await refused({...input, proof: {...input.proof, gauntlet: other}}, /of 1 recorded decisions 0 hold/);
  });

  it('by a key that was revoked after it approved', async () => {
    const input = await bed.permittedInput(steps);
    await bed.project.write({approval: {approvers: []}});
    await refused(input, /of 1 recorded decisions 0 hold by the project's present keys/);
  });

  it('with fewer approvals than the project asks for now', async () => {
    const input = await bed.permittedInput(steps);
    await bed.project.write({approval: {approvers: [approverOf(bed.anna)], required: 2}});
    await refused(input, /1 hold .* \(anna to approve\), 2 approval\(s\) needed/);
  });

  it.each<[string, Partial<Report>, RegExp]>([
    ['a verdict that is not pass', {verdict: 'inconclusive'}, /has the verdict inconclusive/],
    ['another release in the report', {release: 'f'.repeat(64)}, /is about release ffffffffffff/],
    ['another stable in the report', {stable: 'f'.repeat(64)}, /compares with ffffffffffff/],
    [
      'a required gate that failed under a verdict that says pass',
      {
        gates: [
          {
            spec: {
              metric: 'pii_leak_rate',
              test: 'at-most',
              margin: 0,
              limit: 0,
              required: true,
              when: 'always',
            },
            verdict: 'fail',
            reason: '',
            candidate: null,
            stable: null,
            difference: null,
            bound: null,
            minimumDetectable: null,
          },
        ],
      },
      /gate pii_leak_rate is fail/,
    ],
  ])('with %s', async (_, report, reason) => {
    await refused(await bed.permittedInput(steps, report), reason);
  });

  it('a promotion is checked again: an approver who is revoked on the way stops it', async () => {
    const handle = await bed.start(await bed.permittedInput([{setWeight: 10}, {pause: {}}]));
    await expect.poll(() => details(handle), {timeout: 45_000, interval: 100}).toContain('A person decides');
    await bed.project.write({approval: {approvers: []}});
    await handle.executeUpdate('promote', {args: [await bed.said(handle, 'promote')]});
    expect((await handle.result()).status).toBe('refused');
    expect(await bed.deployment()).toMatchObject({stable: bed.stable, canary: null});
  });
});
