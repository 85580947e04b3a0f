import {expect, it} from 'vitest';
import type {DriftColumn, MonitorLook} from '../../../schemas/drift.ts';
import {monitorDetails} from '../../../workflows/monitor/details.ts';

const settings = {intervalMs: 3_600_000, coolDownMs: 86_400_000, circuitBreaker: 3};
const holds = 'cool-down 1440 min, circuit opens after 3 retrains without promotion';
const next = 'looks again at 13:00';
const of = (last: MonitorLook | null, notReset: string | null = null): string =>
  monitorDetails({last, next, settings, notReset});

const column = (more: Partial<DriftColumn>): DriftColumn => ({
  column: 'label_share',
  statistic: 'psi',
  effect: 0.12345,
  threshold: 0.1,
  p: 0.00049,
  drifted: true,
  note: 'spam 40 % → 61 %',
  ...more,
});
const look = (drifted: boolean, columns: DriftColumn[]): MonitorLook => {
  const sha256 = 'c'.repeat(64);
  const report = {uri: `sha256:${sha256}`, sha256, bytes: 1, mediaType: 'application/json'};
  const at = '2002-12-03T12:00:00.000Z';
  const check = {
    v: 1 as const,
    project: 'mail',
    at,
    release: 'a'.repeat(64),
    drift: {report, drifted, columns},
    reason: 'label_share',
  };
  return {at, check, note: 'label_share moved', retrain: 'started'};
};

it('a look says what moved, how far, how sure, and what could not be tested', () => {
  const columns = [
    column({}),
    column({column: 'accuracy', drifted: false, effect: 0, p: 1, tested: false, note: 'not enough samples'}),
    column({
      column: 'language',
      statistic: 'jensen_shannon',
      drifted: false,
      effect: 0.04,
      p: 0.6,
      note: null,
    }),
  ];
  expect(of(look(true, columns))).toBe(
    [
      '**Drifted** at 2002-12-03T12:00:00.000Z: label_share moved',
      '- release `aaaaaaaaaaaa`, retrain: started',
      `- ${next}; ${holds}`,
      '- ▲ **label_share** psi 0.123 / 0.1, p 0.000. spam 40 % → 61 %',
      '- · **accuracy** not tested. not enough samples',
      '- · **language** jensen_shannon 0.040 / 0.1, p 0.600',
    ].join('\n'),
  );
});

it('a monitor that found nothing to compare, or has not looked, says so', () => {
  expect(of(null, 'the store is away')).toBe(
    [
      `Has not looked yet; ${next}.`,
      `- ${holds}`,
      '- the circuit could not be closed: the store is away',
    ].join('\n'),
  );
  const empty = {at: '12:00', check: null, note: '12 answers of 200', retrain: 'none'} as const;
  expect(of(empty)).toBe(`**Nothing to compare** at 12:00: 12 answers of 200\n- ${next}; ${holds}`);
  expect(of({...empty, retrain: 'cool_down'})).toContain('\n- retrain: cool_down\n');
  expect(of(look(false, []))).toMatch(/^\*\*No drift\*\* at /);
});
