import {expect, it} from 'vitest';
import {RUN_ORIGIN, RUN_START, nameNow, originSeal, startOf} from '../../../stores/audit/run-starters.ts';
import {auditEntry} from './entry.ts';

const ROW_KEY = Buffer.alloc(32, 7);
const RUN = 'lifecycle/mail/20021203T114636Z-k3f9qa';
const entry = (kind: string, data: Record<string, unknown>) => auditEntry({kind, data});
const origin = (seal: string) => entry(RUN_ORIGIN, {run: RUN, reason: 'drift', seal});
const seal = originSeal(ROW_KEY, {project: 'mail', run: RUN, reason: 'drift'});

it('an entry that is no start says nothing; one that proves nothing says of which run, if it names one', () => {
  expect(startOf(entry('decision', {run: RUN}), ROW_KEY)).toBeNull();
  const unsigned = 'it holds no signed act';
  expect(startOf(entry(RUN_START, {run: RUN}), ROW_KEY)).toEqual({run: RUN, amiss: unsigned});
  expect(startOf(entry(RUN_START, {run: 7}), ROW_KEY)).toEqual({run: null, amiss: unsigned});
  expect(startOf(entry(RUN_ORIGIN, {run: RUN}), ROW_KEY)).toEqual({
    run: RUN,
    amiss: 'it names no run and reason',
  });
});

it('an origin counts by its seal, and without the row key as unsealed', () => {
  const starter = {name: 'drift', key: ''};
  expect(startOf(origin(seal), ROW_KEY)).toEqual({run: RUN, starter, sealed: true});
  expect(startOf(origin(seal), undefined)).toEqual({run: RUN, starter, sealed: false});
  for (const [forged, key] of [
    ['', ROW_KEY],
    [seal, Buffer.alloc(32, 8)],
  ] as const)
    expect(startOf(origin(forged), key)).toEqual({
      run: RUN,
      amiss: 'no process with the project’s row key sealed it',
    });
});

it('a starter is one person by each key, whatever a policy calls them since', () => {
  const people = [{id: 'k1', name: 'anna-maria'}];
  expect(nameNow({name: 'anna', key: 'k1'}, people)).toBe('anna-maria');
  expect(nameNow({name: 'anna', key: 'k2'}, people)).toBe('anna');
});
