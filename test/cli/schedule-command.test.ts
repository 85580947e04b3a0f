import {describe, expect, test} from 'vitest';
import {commandBed} from './command-bed.ts';
import {until} from './until.ts';

const bed = commandBed();

describe('schedule', () => {
  test('create, list, pause, resume, trigger, delete', async () => {
    const id = `schedule/${bed.name}/retrain`;
    expect(await bed.ratchet('schedule', 'create', '--every', '7 d')).toMatchObject({
      code: 0,
      stdout: `${id} is made\n`,
    });
    expect(await bed.refused(2, 'schedule', 'create', '--every', '7 d')).toContain(`${id} is there already`);
    const listed = () =>
      until('the schedule to be listed', async () => {
        const {stdout} = await bed.ratchet('schedule', 'list', bed.name, '--json');
        return (JSON.parse(stdout) as {schedule: string; paused: boolean}[])[0];
      });
    expect(await listed()).toMatchObject({schedule: id, paused: false});
    const handle = bed.workers.client.schedule.getHandle(id);
    expect((await handle.describe()).action).toMatchObject({
      workflowType: 'startRetrain',
      taskQueue: `ratchet/${bed.name}/workflow`,
      args: [{project: bed.name, reason: 'schedule', startedBy: 'schedule', starterKey: ''}],
    });
    expect(await bed.ratchet('schedule', 'pause')).toMatchObject({code: 0, stdout: `${id} is paused\n`});
    expect((await handle.describe()).state.paused).toBe(true);
    expect((await bed.ratchet('schedule', 'resume')).code).toBe(0);
    expect((await bed.ratchet('schedule', 'trigger', '--json')).stdout).toContain('"status": "trigger"');
    expect(
      await until('the triggered action', async () => (await handle.describe()).info.recentActions[0]),
    ).toBeDefined();
    expect((await bed.ratchet('schedule', 'delete')).code).toBe(0);
    expect(await bed.refused(2, 'schedule', 'pause')).toContain(`no schedule ${id}`);
  });

  test.each([
    [[], 'when? Give either --every "7 d" or --cron "0 3 * * *"'],
    [['--every', '7 d', '--cron', '0 3 * * *'], 'when? Give either'],
    [
      ['--every', 'often'],
      '--every: expected a duration of at least a minute, as "12 h" or "7 d", got "often"',
    ],
    [['--cron', '* *'], '--cron: expected five fields (minute hour day month weekday), got "* *"'],
    [['--cron', '99 3 * * *'], 'Temporal refuses the schedule: '],
    [
      ['BAD', '--every', '7 d'],
      '"BAD" is not a schedule name: expected up to 41 small letters, digits and dashes',
    ],
  ])('create %j cannot be used', async (args, line) => {
    expect(await bed.refused(2, 'schedule', 'create', ...args)).toContain(line);
  });
});

test('nothing watches a project before its first promotion', async () => {
  expect(await bed.refused(2, 'monitor', 'check')).toContain(`${bed.name} has no monitor yet`);
});

test('Temporal away: one line, and 1', async () => {
  const answer = await bed.user.ratchet(['schedule', 'list'], {
    from: bed.folder,
    env: {TEMPORAL_ADDRESS: '127.0.0.1:1'},
  });
  expect({code: answer.code, stdout: answer.stdout}).toEqual({code: 1, stdout: ''});
  expect(answer.stderr).toMatch(/^ratchet: Temporal at 127\.0\.0\.1:1 does not answer: [^\n]*\n$/);
});
