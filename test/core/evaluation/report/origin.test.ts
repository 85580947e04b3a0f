import {describe, expect, it} from 'vitest';
import {
  askedLine,
  machineLine,
  period,
  runLine,
  trainedLine,
} from '../../../../core/evaluation/report/origin.ts';
import {exampleView} from './example-view.ts';

const view = exampleView();

describe('when, where and by whom', () => {
  it('names a machine by its processor, cores, memory and platform', () => {
    expect(machineLine({cpu: 'Xeon', cores: 1, memory: 8_589_934_592, platform: 'linux x64'})).toBe(
      'Xeon, 1 core, 8 GiB, linux x64',
    );
  });

  it('says a time once, a day once, and both days where they differ', () => {
    expect(period('2002-12-03T11:46:01.000Z', '2002-12-03T11:46:59.000Z')).toBe('2002-12-03 11:46 UTC');
    expect(period('2002-12-03T11:46:01.000Z', '2002-12-03T12:02:59.000Z')).toBe(
      '2002-12-03 11:46 to 12:02 UTC',
    );
    expect(period('2002-12-03T23:59:01.000Z', '2002-12-04T00:02:59.000Z')).toBe(
      '2002-12-03 23:59 to 2002-12-04 00:02 UTC',
    );
  });

  it('counts answers that an earlier run gave, and those of which nothing is known', () => {
    const [first, second, ...rest] = view.asked.candidate;
    const earlier = {...first!, from: '2002-12-01T08:00:00.000Z', to: '2002-12-01T08:01:00.000Z'};
    const asked = {...view.asked, candidate: [earlier, ...rest]};
    const line = askedLine({...view, asked}, 'candidate');
    expect(line).toMatch(/^448 answers, 2002-12-01 08:00 to 2002-12-03 11:56 UTC, by the embedded engine/);
    expect(line).toContain(
      `; ${first!.answers} of them found from an earlier run; ${second!.answers} more were asked by`,
    );
    expect(askedLine(view, 'candidate', ['subject'])).toMatch(/^40 answers, /);
  });

  it('does not hide what was not recorded', () => {
    expect(runLine({origin: {version: '0.1.0', run: null}})).toBe('the run is not recorded');
    expect(trainedLine({...view.training!, began: null, ended: null, machine: null, cpuSeconds: null})).toBe(
      'on a machine that is not recorded, without a GPU',
    );
    expect(trainedLine({...view.training!, device: 'NVIDIA H100'})).toContain(
      'linux x64, GPU NVIDIA H100; 142',
    );
  });
});
