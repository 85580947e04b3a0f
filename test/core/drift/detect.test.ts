import {describe, expect, it} from 'vitest';
import {detectDrift} from '../../../core/drift/detect.ts';
import type {Observation} from '../../../core/drift/observation.ts';
import {DriftColumn} from '../../../schemas/drift.ts';
import {draw, seededRandom, SETTINGS} from './windows.ts';
import type {World} from './windows.ts';

const detect = (reference: Observation[], current: Observation[], settings = SETTINGS, seed = 'test') => {
  const report = detectDrift({reference, current, settings, seed});
  for (const column of report.columns) expect(DriftColumn.parse(column)).toEqual(column);
  return report;
};
const drifted = (world: World, seed: string, n = 200): string[] => {
  const random = seededRandom(seed);
  const report = detect(draw(n, {}, random), draw(n, world, random));
  return report.columns.filter((column) => column.drifted).map(({column}) => column);
};

describe('what drifts is named', () => {
  it.each<[string, World, string[]]>([
    ['nothing', {}, []],
    ['longer texts', {length: 7}, ['input_length']],
    ['another language', {foreign: 0.3}, ['language']],
    ['other topics', {shift: 2}, ['embedding']],
    ['more spam', {spam: 0.5}, ['label_share']],
    ['more errors', {right: 0.75}, ['accuracy']],
    ['longer spam', {length: 7, spam: 0.6}, ['input_length', 'label_share']],
  ])('%s', (name, world, expected) => {
    expect(drifted(world, name)).toEqual(expected);
  });

  it('in one line with its figures', () => {
    const random = seededRandom('line');
    const {reason, columns} = detect(draw(200, {}, random), draw(200, {spam: 0.6}, random));
    expect(reason).toMatch(
      /^1 of 5 columns drifted: label_share by \d\.\d{3} \(threshold 0\.1, adjusted p 0\.00\d+\)$/,
    );
    expect(columns.find(({column}) => column === 'label_share')!.note).toMatch(/^ham .* %.* → .* %, spam/);
  });

  it('though a gain of accuracy is none', () => {
    const random = seededRandom('gain');
    const report = detect(draw(200, {right: 0.7}, random), draw(200, {right: 0.95}, random));
    expect(report.columns.find(({column}) => column === 'accuracy')).toMatchObject({
      effect: 0,
      drifted: false,
      note: expect.stringMatching(/, difference 0\.\d{3} \[0\.\d{3}, 0\.\d{3}\]$/) as string,
    });
  });
});

describe('both are needed', () => {
  it('effect size: a tiny difference over many answers is significant, and no drift', () => {
    const random = seededRandom('tiny');
    const settings = {...SETTINGS, window: 6000, permutations: 199, alpha: 0.05};
    const plain = (window: Observation[]) => window.map((o) => ({...o, vector: null}));
    const report = detect(plain(draw(6000, {}, random)), plain(draw(6000, {spam: 0.24}, random)), settings);
    const share = report.columns.find(({column}) => column === 'label_share')!;
    expect(share.p).toBeLessThanOrEqual(0.05);
    expect(share.effect).toBeLessThan(0.1);
    expect(report.drifted).toBe(false);
  });

  it('significance: a large difference of few answers may be chance, and is no drift', () => {
    const random = seededRandom('few');
    const settings = {...SETTINGS, window: 40};
    const [reference, current] = [draw(20, {}, random), draw(20, {}, random)].map((window, w) =>
      window.map((o, i) => ({...o, label: i > 0 && i % (w === 0 ? 6 : 3) === 0 ? 'spam' : 'ham'})),
    ) as [Observation[], Observation[]];
    const share = detect(reference, current, settings).columns.find(({column}) => column === 'label_share')!;
    expect(share.effect).toBeGreaterThan(0.1);
    expect(share.drifted).toBe(false);
  });
});

describe('too few answers', () => {
  it('never drift, and every column says so', () => {
    const random = seededRandom('short');
    const report = detect(draw(200, {}, random), draw(99, {length: 9, spam: 1, right: 0}, random));
    expect(report).toMatchObject({drifted: false, reason: 'nothing could be tested: not enough answers'});
    for (const column of report.columns) {
      expect(column).toMatchObject({drifted: false, p: 1});
      expect(column.note).toBe('not enough samples: 200 and 99, at least 100 needed in each window');
    }
  });

  it('in either window alone are too few', () => {
    const random = seededRandom('short reference');
    for (const [n, m] of [
      [99, 200],
      [200, 99],
    ] as const) {
      const report = detect(draw(n, {}, random), draw(m, {length: 9, spam: 1, right: 0}, random));
      expect(report.reason).toBe('nothing could be tested: not enough answers');
    }
  });

  it('that are near or far from training leave that column out', () => {
    const random = seededRandom('untrained');
    const [a, b] = [draw(100, {}, random), draw(100, {}, random)].map((window) =>
      window.map((o) => ({...o, vector: null})),
    ) as [Observation[], Observation[]];
    const near = (window: Observation[]) => window.map((o) => ({...o, novelty: random.next()}));
    const names = (one: Observation[], two: Observation[]) =>
      detect(one, two).columns.map(({column}) => column);
    expect(names(near(a), near(b))).toContain('novelty');
    expect(names(near(a), b)).not.toContain('novelty');
    expect(names(a, near(b))).not.toContain('novelty');
  });

  it('or no feedback, or no embeddings, are said for that column alone', () => {
    const random = seededRandom('silent');
    const dumb = (window: Observation[]) => window.map((o) => ({...o, right: null, vector: null}));
    const report = detect(dumb(draw(200, {}, random)), dumb(draw(200, {spam: 0.6}, random)));
    const notes = Object.fromEntries(report.columns.map(({column, note}) => [column, note]));
    expect(notes['accuracy']).toBe('no feedback tells whether answers were right');
    expect(notes['embedding']).toMatch(/^not enough samples: 0 and 0/);
    expect(report.reason).toMatch(/^1 of 3 columns drifted, 2 not testable: label_share/);
  });
});

describe('accuracy', () => {
  const column = (reference: World, current: World) => {
    const random = seededRandom('complaints');
    const report = detect(draw(200, reference, random), draw(200, current, random));
    return report.columns.find((one) => one.column === 'accuracy')!;
  };

  it('where users only complain is that of complaints, in both windows alike', () => {
    const worse = column({judged: 0}, {judged: 0, right: 0.75});
    expect(worse).toMatchObject({drifted: true, statistic: 'difference'});
    expect(worse.effect).toBeCloseTo(0.18, 1);
    expect(worse.note).toMatch(
      /^answers nobody complained about: 9\d\.\d % → 7\d\.\d %, difference -0\.\d+ \[-0/,
    );
    expect(worse.note).toMatch(/Page–Hinkley signals at answer \d+ of 200$/);
    expect(column({judged: 0}, {judged: 0}).drifted).toBe(false);
  });

  it('where nearly all are judged counts only those', () => {
    expect(column({judged: 0.9}, {judged: 0.9}).note).toMatch(/^judged answers: /);
  });

  it('has a column a task where several answer labels', () => {
    const random = seededRandom('tasks');
    const two = (window: Observation[]) => window.map((o, i) => ({...o, task: i % 2 ? 'triage' : 'tone'}));
    const report = detect(two(draw(400, {}, random)), two(draw(400, {}, random)));
    expect(report.columns.map((one) => one.column).slice(3)).toEqual([
      'label_share/tone',
      'label_share/triage',
      'accuracy/tone',
      'accuracy/triage',
    ]);
  });
});

it('says the same of the same windows twice', () => {
  const random = seededRandom('twice');
  const [a, b] = [draw(120, {}, random), draw(120, {length: 6.2}, random)];
  expect(detect(a, b)).toEqual(detect(a, b));
});

it('counts a repeated input once', () => {
  const random = seededRandom('fresh');
  const [a, b] = [draw(150, {}, random), draw(150, {}, random)];
  const flood = draw(100, {length: 9}, random).map((o) => ({...o, fresh: false}));
  const length = detect(a, [...b, ...flood]).columns.find(({column}) => column === 'input_length')!;
  expect(length.drifted).toBe(false);
});

describe('a repeated input', () => {
  it('counts once for its embedding, too', () => {
    const random = seededRandom('fresh vectors');
    const [a, b] = [draw(150, {}, random), draw(150, {}, random)];
    const flood = draw(400, {shift: 4}, random).map((o) => ({...o, fresh: false}));
    const embedding = detect(a, [...b, ...flood]).columns.find(({column}) => column === 'embedding')!;
    expect(embedding.drifted).toBe(false);
    expect(embedding).toEqual(detect(a, b).columns.find(({column}) => column === 'embedding'));
  });

  it('counts once for its length, its language and how far it is from training', () => {
    const random = seededRandom('fresh figures');
    const known = (window: Observation[], far: number) =>
      window.map((o) => ({...o, vector: null, novelty: far + 0.1 * random.next()}));
    const [a, b] = [known(draw(150, {}, random), 0.3), known(draw(150, {}, random), 0.3)];
    const flood = known(draw(400, {length: 9, foreign: 0.9}, random), 0.9).map((o) => ({...o, fresh: false}));
    const figures = (current: Observation[]) => {
      const {columns} = detect(
        a,
        current.map((o) => ({...o, label: null})),
      );
      return columns.map(({column, effect}) => [column, effect]);
    };
    expect(figures(b).map(([column]) => column)).toContain('novelty');
    expect(figures([...b, ...flood]).slice(0, 4)).toEqual(figures(b).slice(0, 4));
  });

  it('counts once for its label and whether that is right', () => {
    const random = seededRandom('answered again');
    const [a, b] = [draw(150, {}, random), draw(150, {}, random)];
    const again = draw(400, {spam: 0.9, right: 0.1}, random).map((o) => ({
      ...o,
      fresh: false,
      firstAnswer: false,
    }));
    expect(detect(a, [...b, ...again]).columns.slice(3)).toEqual(detect(a, b).columns.slice(3));
  });
});

it('takes silence on an answer that nobody saw for what it means: right only where users saw the same', () => {
  const random = seededRandom('silence');
  const [a, b] = [draw(200, {judged: 0, right: 1}, random), draw(200, {judged: 0, right: 1}, random)];
  const unseen = b.map((o, i) => ({...o, ifSilent: i % 5 !== 0}));
  const column = detect(a, unseen).columns.find((one) => one.column === 'accuracy')!;
  // A word about any of them makes silence tell something; here one of the reference was wrong.
  expect(column.note).toBe('no feedback tells whether answers were right');
  const told = detect([{...a[0]!, right: false}, ...a.slice(1)], unseen).columns.at(-1)!;
  expect(told).toMatchObject({drifted: true, effect: expect.closeTo(0.195, 3) as number});
});

describe('answers that are alike', () => {
  /** The same mix in the long run, in stretches of 5 to 14 alike answers. */
  const stretches = (n: number, random: ReturnType<typeof seededRandom>): Observation[] => {
    const answers: Observation[] = [];
    while (answers.length < n) {
      const world = {spam: random.next() < 0.2 ? 0.9 : 0.02, length: 6 + 0.6 * random.normal()};
      answers.push(...draw(5 + random.below(10), {...world, shift: 2 * random.normal()}, random));
    }
    return answers.slice(0, n);
  };

  it('in stretches of time are no drift: a window holds another handful of them', () => {
    const random = seededRandom('stretches');
    let alarms = 0;
    for (let run = 0; run < 10; run++)
      if (detect(stretches(200, random), stretches(200, random), SETTINGS, `${run}`).drifted) alarms++;
    // One in 30 of them; item by item nine in ten would be.
    expect(alarms).toBeLessThanOrEqual(2);
  });

  it('are said, and where too few differ nothing is tested', () => {
    const random = seededRandom('few stretches');
    const [a, b] = [stretches(200, random), stretches(200, random)];
    const share = detect(a, b).columns.find(({column}) => column === 'label_share')!;
    expect(share.note).toMatch(/; compared by blocks of up to \d+ alike answers$/);
    const two = [a, b].map((window) => window.map((o, i) => ({...o, label: i < 100 ? 'spam' : 'ham'})));
    const column = detect(two[0]!, two[1]!).columns.find((one) => one.column === 'label_share')!;
    expect(column).toMatchObject({drifted: false, p: 1});
    expect(column.note).toMatch(
      /^not enough samples: up to \d+ answers in a row, or of one user, are alike, which leaves \d that differ; at least 8/,
    );
  });

  it('since one user asked them are no drift either, though others ask in between', () => {
    const random = seededRandom('one user');
    const users = (window: string) => {
      const all = Array.from({length: 30}, (_, u) => ({
        unit: `${window} ${u}`,
        world: {length: 6 + random.normal(), spam: u % 4 ? 0 : 0.9, shift: 3 * random.normal()},
      }));
      return Array.from({length: 200}, () => {
        const {unit, world} = all[random.below(30)]!;
        return {...draw(1, world, random)[0]!, unit};
      });
    };
    let alarms = 0;
    for (let run = 0; run < 6; run++)
      if (detect(users('a'), users('b'), SETTINGS, `${run}`).drifted) alarms++;
    expect(alarms).toBeLessThanOrEqual(1);
  });

  it('in stretches still show a drift that lasts', () => {
    const random = seededRandom('drift in stretches');
    const later = stretches(400, random).map((o) => ({...o, label: random.next() < 0.4 ? 'spam' : o.label}));
    const report = detect(stretches(400, random), later);
    expect(report.columns.find(({column}) => column === 'label_share')).toMatchObject({drifted: true});
  });
});

it('raises a false alarm on the same world in at most about alpha of the looks', () => {
  const random = seededRandom('false alarms');
  const settings = {...SETTINGS, window: 60, permutations: 199, alpha: 0.05};
  const runs = 120;
  let alarms = 0;
  for (let run = 0; run < runs; run++) {
    const [a, b] = [draw(60, {}, random), draw(60, {}, random)];
    if (detect(a, b, settings, `run ${run}`).drifted) alarms++;
  }
  // 5 % of 120 are 6; the chance of more than 13 by luck is below .5 %.
  expect(alarms).toBeLessThanOrEqual(13);
});
