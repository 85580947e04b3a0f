import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {openCircuit} from '../../../activities/monitor/activities.ts';
import {person, proved, type TestPerson} from '../../people.ts';
import {enter, people, policyOfTest, PROJECT} from '../../stores/audit/signed-chain.ts';
import {projectOf, type TestProject} from '../../workflows/project-of.ts';

const {adam, eve, otto} = people;
const HOUR = 3_600_000;
const later = (hours: number): string => new Date(Date.now() + hours * HOUR).toISOString();

let project: TestProject;
beforeEach(async () => {
  project = await projectOf(PROJECT);
});
afterEach(() => project.remove());

/** As many retrains that came to nothing as open it. */
async function failed(startedAt: string): Promise<void> {
  for (const n of [1, 2, 3])
    await project.context.stores.registry.startRun({
      v: 1,
      id: `lifecycle/${PROJECT}/${startedAt.slice(0, 13)}-${n}`,
      project: PROJECT,
      status: 'done',
      startedBy: 'drift',
      reason: 'drift',
      stages: {},
      outcome: 'refused',
      links: {},
      startedAt,
      endedAt: startedAt,
    });
}
/** An entry that says that the circuit was closed, as whoever writes to the store can append one. */
async function closed(by: TestPerson, signed: object | null, at?: string): Promise<void> {
  const data = {closed: true, comment: '', ...(signed === null ? {} : {proof: 'signed', signed})};
  await project.context.stores
    .audit(PROJECT)
    .append({kind: 'circuit', actor: by.name, data, ...(at && {at})});
}
const signedBy = (by: TestPerson, act: 'reset' | 'cancel' = 'reset') =>
  proved(by, {project: PROJECT, act, about: {monitor: `monitor/${PROJECT}`, run: 'r'}, expiry: later(1)});
const open = (): Promise<string | null> => openCircuit({project: PROJECT}, project.context);
const OPEN = 'the circuit is open: 3 retrains in a row were not promoted; a person has to close it';

it('is closed by whoever says so where no admin is named', async () => {
  await failed('2026-01-01T00:00:00.000Z');
  expect(await open()).toBe(OPEN);
  await closed(otto, null);
  expect(await open()).toBeNull();
});

describe('where the policy in force names an admin', () => {
  beforeEach(async () => {
    await failed('2026-01-01T00:00:00.000Z');
    await enter(project.context.stores, policyOfTest());
  });

  it('is closed by the signature of an operator, once', async () => {
    const signed = signedBy(otto);
    await closed(otto, signed);
    expect(await open()).toBeNull();
    await failed(later(1));
    await closed(otto, signed, later(2));
    expect(await open()).toBe(OPEN);
  });

  it.each<[string, () => [TestPerson, object | null]]>([
    ['no signature', () => [otto, null]],
    ['what is no signed act', () => [otto, {signature: 'x'}]],
    ['the signature of a viewer', () => [eve, signedBy(eve)]],
    ['the signature of an admin, who operates nothing', () => [adam, signedBy(adam)]],
    ['the signature of a stranger', () => [otto, signedBy(person('mallory'))]],
    ['the signature of another act', () => [otto, signedBy(otto, 'cancel')]],
    ['a signature under the name of another', () => [eve, signedBy(otto)]],
  ])('is not closed by %s', async (_, entry) => {
    await closed(...entry());
    expect(await open()).toBe(OPEN);
  });

  it('is closed up to the end of the signature, whatever time its entry says', async () => {
    await failed(later(3));
    await closed(otto, signedBy(otto), '2999-01-01T00:00:00.000Z');
    expect(await open()).toBe(OPEN);
  });
});
