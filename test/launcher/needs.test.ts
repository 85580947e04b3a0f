import {describe, expect, it} from 'vitest';
import {partsFor} from '../../launcher/needs.js';
import {STACK} from '../../launcher/setup.js';

describe('what a command needs', () => {
  it.each([
    [['demo', '--small']],
    [['up']],
    [['run', 'examples/mail']],
    [['--project', 'mail', 'run', '--detach']],
    [['demo', '--yes', '--json', 'out.json']],
  ])('%j starts the stack', (args) => {
    expect(partsFor(args, {})).toEqual(STACK);
  });

  it.each([
    ...['runs', 'releases', 'datasets', 'trace', 'lineage', 'report', 'rollback', 'audit', 'keys'].map(
      (command) => [[command]],
    ),
    [['--project', 'demo', 'runs']],
    [['down']],
    [['approve', '0123abcd', '--comment', 'good']],
    [['demo', '--help']],
    [['help', 'up']],
    [['--version']],
    [[]],
    [['something-new', '--flag']],
  ])('%j needs Node and the npm packages alone', (args) => {
    expect(partsFor(args, {})).toEqual([]);
  });

  it('starts a run on a named server without setting up this machine', () => {
    expect(partsFor(['run'], {TEMPORAL_ADDRESS: 'temporal.example:7233'})).toEqual([]);
    expect(partsFor(['run'], {TEMPORAL_PROFILE: 'production'})).toEqual([]);
  });
});
