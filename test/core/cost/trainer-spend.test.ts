import {describe, expect, it} from 'vitest';
import {toStop, trainerSpend} from '../../../core/cost/trainer-spend.ts';
import type {TrainerEvent} from '../../../schemas/training.ts';

const event = (
  t: string,
  name: TrainerEvent['event'],
  wall: number,
  cpu: number,
  more = {},
): TrainerEvent => ({
  t: `2026-11-26T${t}.000Z`,
  event: name,
  process_seconds: wall,
  process_cpu_seconds: cpu,
  ...more,
});

describe('what a trainer spent', () => {
  const first = [
    event('10:00:00', 'started', 0.1, 0.1, {pid: 7}),
    event('10:00:20', 'loaded', 20, 18, {device: 'cpu', processes: 1}),
    event('10:00:24', 'step', 24, 25, {step: 1}),
    event('10:00:28', 'step', 28, 32, {step: 2}),
  ];

  it('is what its last event says, killed or not', () => {
    const [only, ...others] = trainerSpend(first, 8);
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      start: '20261126T100000000Z-7',
      day: '2026-11-26',
      device: 'cpu',
      spent: {cpuSeconds: 32, gpuSeconds: 0, units: 16},
      load: {cpuSeconds: 18, gpuSeconds: 0},
    });
  });

  it('counts each process: the step that died with the first one was paid for twice', () => {
    const again = [
      event('10:01:00', 'started', 0.1, 0.1, {pid: 8}),
      event('10:01:20', 'loaded', 20, 18, {device: 'cpu', processes: 1}),
      event('10:01:24', 'step', 24, 25, {step: 2}),
    ];
    const found = trainerSpend([...first, ...again], 8);
    expect(found.map(({spent: {cpuSeconds, units}}) => [cpuSeconds, units])).toEqual([
      [32, 16],
      [25, 8],
    ]);
  });

  it('is the same however often and in what parts the events are read', () => {
    expect(trainerSpend(first.slice(0, 3), 8)[0]).toMatchObject({start: trainerSpend(first, 8)[0]!.start});
    expect(trainerSpend(first, 8)).toEqual(trainerSpend([...first], 8));
  });

  it('counts wall × devices as GPU seconds, the load too: the devices are taken', () => {
    const events = [
      event('10:00:00', 'started', 0, 0, {pid: 7}),
      event('10:00:30', 'loaded', 30, 10, {device: 'cuda:0', processes: 4}),
      event('10:01:00', 'step', 60, 20, {step: 1}),
    ];
    expect(trainerSpend(events, 32)[0]!.spent).toMatchObject({gpuSeconds: 240, cpuSeconds: 80, units: 32});
  });

  it('is divided at midnight', () => {
    const events = [
      event('23:59:00', 'started', 0, 0, {pid: 7}),
      event('23:59:50', 'step', 50, 40, {step: 1}),
      {...event('00:00:10', 'step', 70, 60, {step: 2}), t: '2026-11-27T00:00:10.000Z'},
      {...event('00:00:30', 'step', 90, 85, {step: 3}), t: '2026-11-27T00:00:30.000Z'},
    ];
    const days = trainerSpend(events, 8);
    expect(days.map(({day, spent}) => [day, spent.cpuSeconds, spent.units])).toEqual([
      ['2026-11-26', 40, 8],
      ['2026-11-27', 45, 16],
    ]);
  });
});

it('reserves for a stop the step under way, the next one, and two seconds to save', () => {
  const events = [
    event('10:00:00', 'started', 0, 0, {pid: 7}),
    event('10:00:20', 'loaded', 20, 20, {device: 'cuda:0', processes: 2}),
    event('10:00:40', 'step', 40, 20, {step: 1, step_seconds: 3}),
  ];
  // 8 s at half a core a process, on two devices.
  expect(toStop(events)).toEqual({cpuSeconds: 8, gpuSeconds: 16});
});
