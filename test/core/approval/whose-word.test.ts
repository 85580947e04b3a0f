import {expect, test} from 'vitest';
import {whoseWord} from '../../../core/approval/whose-word.ts';

const approvers = [
  {name: 'anna', id: 'a1'},
  {name: 'anna', id: 'a2'},
  {name: 'berta', id: 'b1'},
];
const about = {
  required: 1,
  startedBy: 'anna',
  starterKey: 'a1',
  starterMayApprove: false,
  approvers,
  approved: [],
};

test('the starter alone is not enough, unless the project says so', () => {
  expect(whoseWord(about)).toEqual({missing: 1, of: ['berta']});
  expect(whoseWord({...about, starterMayApprove: true})).toEqual({missing: 1, of: ['anna', 'berta']});
});

test('of two words the first may be the starter’s, the last may not', () => {
  expect(whoseWord({...about, required: 2})).toEqual({missing: 2, of: ['anna', 'berta']});
  expect(whoseWord({...about, required: 2, approved: ['anna']})).toEqual({missing: 1, of: ['berta']});
  expect(whoseWord({...about, required: 2, approved: ['berta']})).toEqual({missing: 1, of: ['anna']});
});
