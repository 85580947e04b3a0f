import {describe, expect, it} from 'vitest';
import {closingLine, count, type VitestReport} from '../../launcher/test-run.js';

function report(files: readonly (readonly [status: string, assertions: readonly string[]])[]): VitestReport {
  const all = files.flatMap(([, assertions]) => assertions);
  const number = (wanted: string) => all.filter((status) => status === wanted).length;
  return {
    numPassedTests: number('passed'),
    numFailedTests: number('failed'),
    testResults: files.map(([status, assertions], i) => ({
      name: `/x/${i}.test.ts`,
      status,
      assertionResults: assertions.map((assertion, j) => ({status: assertion, fullName: `test ${j}`})),
    })),
  };
}

describe('the closing line of a test run', () => {
  it('counts tests', () => {
    const counts = count(
      report([
        ['passed', ['passed', 'passed']],
        ['failed', ['passed', 'failed']],
      ]),
      1,
    );
    expect(closingLine(counts)).toBe('3 passed, 1 failed');
  });

  it('names what was skipped', () => {
    const counts = count(report([['passed', ['passed', 'skipped', 'todo']]]), 0);
    expect(closingLine(counts)).toBe('1 passed, 0 failed');
    expect(counts.skippedTests).toHaveLength(2);
  });

  it('counts a file that could not be loaded as a failure', () => {
    expect(
      closingLine(
        count(
          report([
            ['passed', ['passed']],
            ['failed', []],
          ]),
          1,
        ),
      ),
    ).toBe('1 passed, 1 failed');
  });

  it('counts an error outside of any test as a failure', () => {
    expect(closingLine(count(report([['passed', ['passed']]]), 1))).toBe('1 passed, 1 failed');
  });

  it('counts a vitest that wrote no report as a failure', () => {
    expect(closingLine(count(undefined, 1))).toBe('0 passed, 1 failed');
    expect(closingLine(count(undefined, 0))).toBe('0 passed, 1 failed');
  });
});
