import {describe, expect, it} from 'vitest';
import {found} from './found.ts';

describe('US social security numbers', () => {
  it.each([
    ['078-05-1123', ['078-05-1123']],
    ['078.05.1123', ['078.05.1123']],
    ['so 078 05 1123 it is', ['078 05 1123']],
    ['123-45-6789', ['123-45-6789']],
    ['123–45–6789', ['123–45–6789']],
    ['123‐45−6789', ['123‐45−6789']],
    ['１２３-４５-６７８９', ['１２３-４５-６７８９']],
    ['SSN123-45-6789', ['123-45-6789']],
    ['my SSN is 078051123', ['078051123']],
    ['Social Security: 078051123', ['078051123']],
    ['ss# 219 09 9998', ['219 09 9998']],
    ['taxpayer ID 078051123', ['078051123']],
  ])('are found in %j', (text, expected) => {
    expect(found('ssn', text)).toEqual(expected);
  });

  it.each([
    // rules of the SSA: areas 000, 666, 900–999; group 00; serial 0000
    '000-12-3456',
    '666-12-3456',
    '900-12-3456',
    '987-65-4320',
    '123-00-4567',
    '078-05-0000',
    // numbers that stood in advertisements
    '078-05-1120',
    '219-09-9999',
    '457-55-5462',
    'SSN 078051120',
    // other things with nine digits
    '078051123',
    '0780511230',
    'order 078051123',
    '693-09.4444',
    '12 078 05 1123 99',
    '078-05-11234',
    '1-078-05-1123',
    '2002-08-2212',
    '111-11-1111',
  ])('are not: %j', (text) => {
    expect(found('ssn', text)).toEqual([]);
  });
});
