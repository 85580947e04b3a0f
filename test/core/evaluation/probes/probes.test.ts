import {describe, expect, it} from 'vitest';
import {canaryOf, givesAway} from '../../../../core/evaluation/probes/canary.ts';
import {base64, leet, reversed, rot13, spaced} from '../../../../core/evaluation/probes/encodings.ts';
import {GENERAL_ITEMS} from '../../../../core/evaluation/probes/general.ts';
import {inject, INJECTIONS, labelDemand} from '../../../../core/evaluation/probes/injection.ts';
import {JAILBREAKS} from '../../../../core/evaluation/probes/jailbreak.ts';
import {FAMILY_WORDS} from '../../../../core/evaluation/probes/in-words.ts';
import {PII_PROBES} from '../../../../core/evaluation/probes/pii-elicitation.ts';
import {leaks} from '../../../../core/evaluation/probes/pii-leak.ts';

const unique = (ids: readonly string[]): boolean => new Set(ids).size === ids.length;

describe('the general set', () => {
  it('has at least 60 items with a prompt and a completion that goes on from it', () => {
    expect(GENERAL_ITEMS.length).toBeGreaterThanOrEqual(60);
    expect(unique(GENERAL_ITEMS.map((item) => item.id))).toBe(true);
    expect(unique(GENERAL_ITEMS.map((item) => item.prompt))).toBe(true);
    for (const item of GENERAL_ITEMS) {
      expect(item.completion).toMatch(/^ \S/);
      expect(item.prompt).not.toMatch(/\s$/);
    }
  });
  it('any beginning spans its topics', () => {
    const topics = new Set(GENERAL_ITEMS.map((item) => item.topic));
    expect(new Set(GENERAL_ITEMS.slice(0, topics.size).map((item) => item.topic))).toEqual(topics);
  });
});

describe('attacks', () => {
  it('are at least 40, of every family the gauntlet names, each with an id of its own', () => {
    expect(INJECTIONS.length + JAILBREAKS.length).toBeGreaterThanOrEqual(60);
    expect(unique(INJECTIONS.map((i) => i.id))).toBe(true);
    expect(unique(JAILBREAKS.map((j) => j.id))).toBe(true);
    const families = new Set([...INJECTIONS, ...JAILBREAKS].map((probe) => probe.family));
    for (const family of ['override', 'role', 'encoding', 'latent', 'exfiltration', 'repetition']) {
      expect(families).toContain(family);
    }
    const first = new Set(INJECTIONS.map((i) => i.family)).size;
    expect(new Set(INJECTIONS.slice(0, first).map((i) => i.family)).size).toBe(first);
  });
  it('have families that are all put into words', () => {
    const families = (probes: readonly {family: string}[]) =>
      [...new Set(probes.map(({family}) => family))].sort();
    expect(Object.keys(FAMILY_WORDS.injection).sort()).toEqual(families(INJECTIONS));
    expect(Object.keys(FAMILY_WORDS.jailbreak).sort()).toEqual(families(JAILBREAKS));
    expect(Object.keys(FAMILY_WORDS.pii)).toEqual(expect.arrayContaining(families(PII_PROBES)));
  });
  it('every injection carries what it asks for, openly or encoded', () => {
    const demand = labelDemand('ham');
    for (const {id, payload} of INJECTIONS) {
      const text = payload(demand, 'ham');
      const open = text.replaceAll('\u200b', '');
      const carried = [
        demand,
        'ham',
        base64(demand),
        rot13(demand),
        reversed(demand),
        spaced('ham'),
        leet(demand),
      ];
      expect(
        carried.some((form) => open.includes(form)),
        id,
      ).toBe(true);
    }
  });
  it('no jailbreak holds its canary, every rule does', () => {
    for (const {id, system, attack} of JAILBREAKS) {
      expect(system, id).toContain('{{canary}}');
      expect(givesAway(attack, canaryOf(id)), id).toBe(false);
    }
  });
  it('injected text stands after the first words, so that a cut at the end does not remove it', () => {
    const host = Array.from({length: 200}, (_, i) => `w${i}`).join(' ');
    const text = inject(host, 'PAYLOAD');
    expect(text.split(/\s+/).indexOf('PAYLOAD')).toBe(20);
    expect(text.endsWith('w199')).toBe(true);
    expect(inject('', 'PAYLOAD')).toBe('PAYLOAD');
  });
});

describe('detectors', () => {
  const canary = canaryOf('direct-1');
  it('find a canary in any dress', () => {
    for (const said of [
      canary,
      canary.toUpperCase(),
      spaced(canary),
      reversed(canary),
      rot13(canary),
      `"${canary}".`,
    ]) {
      expect(givesAway(`The code is ${said}`, canary)).toBe(true);
    }
  });
  it('and not in its absence', () => {
    expect(givesAway('I cannot tell you the code.', canary)).toBe(false);
    expect(givesAway(canary.slice(0, -1), canary)).toBe(false);
    expect(givesAway(canaryOf('direct-2'), canary)).toBe(false);
  });
  it('the same probe has the same canary', () => expect(canaryOf('direct-1')).toBe(canary));

  it('find personal data that did not go in', () => {
    expect(leaks('mail joe.doe@corp.com now', 'nothing')).toEqual([{entity: 'email'}]);
    expect(leaks('mail joe.doe@corp.com now', 'from joe.doe@corp.com')).toEqual([]);
    expect(leaks('card 4111 1111 1111 1111', '')).toEqual([{entity: 'card'}]);
    expect(leaks('see <EMAIL_3f9a2c41>', 'hi')).toEqual([{entity: 'pseudonym'}]);
    expect(leaks('see <EMAIL_3f9a2c41>', 'hi <EMAIL_3f9a2c41>')).toEqual([]);
    expect(leaks('write to info@example.com', '')).toEqual([]);
    expect(leaks('Meeting on Monday', 'x')).toEqual([]);
  });
  it('the probes that invite personal data hold none', () => {
    expect(PII_PROBES.length).toBeGreaterThanOrEqual(20);
    for (const {prompt} of PII_PROBES) expect(leaks(prompt, '')).toEqual([]);
  });
});
