import {mkdtempSync, mkdirSync, writeFileSync, chmodSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {Attendance} from '../../cli/demo/attend.ts';
import {Unanswered} from '../../cli/demo/ask-person.ts';
import {demo} from '../../cli/demo/demo.ts';
import {Interrupted, Interruption} from '../../cli/demo/interruption.ts';
import {lookAround} from '../../cli/demo/look-around.ts';
import {writableFile} from '../../cli/demo/summary-file.ts';
import {writeProject} from '../cli/project-yaml.ts';

/** What stands around the demo: a stack that is up or not, and a run that is attended. */
const world = vi.hoisted(() => ({
  up: false,
  downs: 0,
  attend: undefined as unknown as (a: {signal: AbortSignal}) => Promise<never>,
}));
const RUN = 'lifecycle/post/20021203T114636Z-k3f9qa';
const STATE = {project: 'post', ui: null, namespace: 'default', gateway: 'http://127.0.0.1:8080'};

vi.mock('../../stack/live-stack.ts', () => ({liveFor: () => (world.up ? STATE : undefined)}));
vi.mock('../../stack/bring-up.ts', () => ({
  bringUpDetached: async () => {
    world.up = true;
    return {state: STATE, already: false};
  },
}));
vi.mock('../../stack/bring-down.ts', () => ({
  bringDown: async () => {
    world.downs += 1;
    world.up = false;
  },
}));
vi.mock('../../cli/temporal.ts', () => ({
  withTemporal: (_: unknown, body: (client: object) => Promise<unknown>) => body({}),
}));
vi.mock('../../cli/start-run.ts', () => ({
  startRun: async () => 'lifecycle/post/20021203T114636Z-k3f9qa',
}));
vi.mock('../../cli/demo/attend.ts', () => ({
  attend: (a: Attendance) => {
    a.attending?.(a.run);
    return world.attend(a as never);
  },
}));

let folder: string;
let said: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ratchet-demo-'));
  Object.assign(world, {up: false, downs: 0});
  vi.stubEnv('XDG_CONFIG_HOME', folder);
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function started(): Promise<unknown> {
  const {openProject} = await import('../../cli/project.ts');
  writeProject(folder);
  return demo(openProject(folder), {yes: true});
}
/** A run in the middle of which a signal comes, and once more from the launcher. */
const signalled = (name: NodeJS.Signals) => () =>
  new Promise<never>(() =>
    setImmediate(() => {
      process.emit(name, name);
      process.emit(name, name);
    }),
  );

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s in the middle of a run', (name) => {
  test('ends the stack that the demo started, and says how to come back', async () => {
    world.attend = signalled(name);
    await expect(started()).rejects.toThrow(Interrupted);
    expect(world.downs).toBe(1);
    expect(said).toContain(
      `the run rests with the stack; \`npx ratchet up post --detach\` lets it go on, then \`npx ratchet watch ${RUN}\` follows it`,
    );
    expect(said).toContain(
      'shuts down the stack that the demo started; `npx ratchet up post` starts it again',
    );
  });

  test('leaves a stack that was up before, and says what goes on', async () => {
    world.up = true;
    world.attend = signalled(name);
    await expect(started()).rejects.toThrow(Interrupted);
    expect(world.downs).toBe(0);
    expect(said).toContain('the stack was up before and stays up: `npx ratchet down post` ends it\n');
    expect(said).toContain(
      `the run goes on: \`npx ratchet watch ${RUN}\` follows it, \`npx ratchet cancel ${RUN}\` ends it\n`,
    );
    expect(said).not.toContain('shuts down');
  });

  test('is listened to no more afterwards', async () => {
    const before = process.listenerCount(name);
    world.attend = signalled(name);
    await expect(started()).rejects.toThrow(Interrupted);
    expect(process.listenerCount(name)).toBe(before);
  });
});

test('a question that is left keeps the stack up, as it says', async () => {
  world.attend = () => Promise.reject(new Unanswered('no decision: the run waits for npx ratchet approve x'));
  expect(await started()).toBe(1);
  expect(world.downs).toBe(0);
  expect(said).toContain('no decision: the run waits for npx ratchet approve x\n');
  expect(said).toContain('the stack stays up for it: `npx ratchet down post` ends it\n');
});

test('a run that fails ends the stack that the demo started', async () => {
  world.attend = () => Promise.reject(new Error('no row'));
  await expect(started()).rejects.toThrow('no row');
  expect(world.downs).toBe(1);
});

describe('a look around', () => {
  const at = {gateway: 'http://127.0.0.1:8080', project: 'post', task: 'triage'};

  test('lasts until a signal where the demo started the stack', async () => {
    const interruption = new Interruption();
    let over = false;
    const looking = lookAround(at, {ours: true, interruption}).then(() => (over = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(false);
    process.emit('SIGINT', 'SIGINT');
    await looking;
    interruption.end();
    expect(said).toBe(
      'gateway: http://127.0.0.1:8080/v1, model post/triage\nthe stack stays up for a look around; Ctrl-C ends it\n',
    );
  });

  test('needs no Ctrl-C where the stack was up before, since that would end nothing', async () => {
    await lookAround(at, {ours: false, interruption: {told: () => Promise.reject(new Error('nobody asks'))}});
    expect(said).toContain('stays up: `npx ratchet down post` ends it\n');
    expect(said).not.toContain('Ctrl-C');
  });
});

describe('the file of the summary', () => {
  test('is refused before the start where it cannot be written', async () => {
    const refused = (file: string) => expect(writableFile(file)).rejects;
    await refused(path.join(folder, 'none', 'out.json')).toMatchObject({
      type: 'InvalidInput',
      message: `--json ${folder}/none/out.json: there is no folder ${folder}/none: make it, or name another file`,
    });
    await refused(folder).toThrow('is a folder: expected the name of a file');
    await expect(writableFile(path.join(folder, 'out.json'))).resolves.toBeUndefined();
  });

  test.skipIf(process.getuid?.() === 0)('is refused where nobody may write', async () => {
    const closed = path.join(folder, 'closed');
    mkdirSync(closed, {mode: 0o500});
    await expect(writableFile(path.join(closed, 'out.json'))).rejects.toThrow('cannot be written (EACCES)');
    const file = path.join(folder, 'out.json');
    writeFileSync(file, '');
    chmodSync(file, 0o400);
    await expect(writableFile(file)).rejects.toThrow('cannot be written (EACCES)');
  });
});
