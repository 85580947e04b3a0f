import {expect, test} from 'vitest';
import {usedRows} from '../../../core/onboarding/used-rows.ts';
import type {ProjectConfig} from '../../../schemas/project.ts';

const counts = {train: {a: 90, b: 40}, validation: {a: 9, b: 4}, golden: {a: 20, b: 10}, traffic: {}};
const used = (task: Partial<ProjectConfig['tasks'][string]>) =>
  usedRows({train: {}, ...task} as ProjectConfig['tasks'][string], counts);

test('all rows are used where no setting says otherwise', () => {
  expect(used({})).toEqual({
    train: {used: 130, of: 130, why: ''},
    validation: {used: 13, of: 13, why: ''},
    golden: {used: 30, of: 30, why: ''},
  });
});

test('a balance, a limit and golden_rows leave rows out, and are named', () => {
  const seen = used({train: {balance: 'class', rows: 60}, golden_rows: 24} as Partial<
    ProjectConfig['tasks'][string]
  >);
  expect(seen.train).toEqual({
    used: 60,
    of: 130,
    why: 'train.balance: class takes as many of each class as of the rarest; train.rows: 60',
  });
  expect(seen.golden).toEqual({used: 24, of: 30, why: 'golden_rows: 24'});
});
