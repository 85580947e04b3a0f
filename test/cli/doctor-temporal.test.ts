import {randomUUID} from 'node:crypto';
import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {SEARCH_ATTRIBUTES} from '../../schemas/names.ts';
import {resolveEnvironment} from '../../launcher/environment.js';
import {closeConnections, missingSearchAttributes, registerSearchAttributes} from '../../stack/temporal.ts';
import {temporalAddress} from '../setup/services.ts';
import {User} from './cli.ts';
import {projectYaml} from './project-yaml.ts';

interface Check {
  readonly name: string;
  readonly state: string;
  readonly found: string;
  readonly do?: string;
}

const address = temporalAddress();
/** As somebody else made it: without our search attributes. */
const namespace = `doctor-${randomUUID()}`;
const user = new User();
const folder = user.folder('post');

afterAll(closeConnections);
beforeAll(() => {
  writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml());
  shell(`temporal operator namespace create --namespace ${namespace}`);
});

/** As an operator types it. */
function shell(command: string): void {
  const bin = path.dirname(resolveEnvironment().temporal!);
  const env = {...user.env, TEMPORAL_ADDRESS: address, PATH: `${bin}:${user.env['PATH']}`};
  execFileSync('sh', ['-c', command], {env});
}

async function looked(env: NodeJS.ProcessEnv): Promise<Check | undefined> {
  const {stdout} = await user.ratchet(['doctor', '--json'], {from: folder, env});
  return (JSON.parse(stdout) as Check[]).find(({name}) => name === 'search attributes');
}

test('doctor names the search attributes that a namespace of the user lacks, and the command that adds them', async () => {
  const own = {TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace};
  const names = Object.keys(SEARCH_ATTRIBUTES);
  const lacking = await looked(own);
  const command = `for name in ${names.join(' ')}; do temporal operator search-attribute create --namespace ${namespace} --name $name --type Keyword; done`;
  expect(lacking).toEqual({
    name: 'search attributes',
    state: 'warn',
    found: `the namespace ${namespace} lacks ${names.join(', ')}`,
    do: `\`ratchet up\` adds them where it may; else an operator: ${command}`,
  });

  shell(command);
  expect(await looked(own)).toEqual({
    name: 'search attributes',
    state: 'ok',
    found: `the namespace ${namespace} has all 5`,
  });
});

test('doctor does not look for them where `up` starts the server', async () => {
  expect(await looked({})).toBeUndefined();
});

test('`up` adds those that a namespace lacks, where it may', async () => {
  const other = `up-${randomUUID()}`;
  shell(`temporal operator namespace create --namespace ${other}`);
  shell(`temporal operator search-attribute create --namespace ${other} --name RatchetStage --type Keyword`);
  const access = {address, namespace: other, options: {address}};
  expect(await missingSearchAttributes(access)).toEqual(
    Object.keys(SEARCH_ATTRIBUTES).filter((name) => name !== 'RatchetStage'),
  );
  expect(await registerSearchAttributes(access)).toEqual([]);
  expect(await missingSearchAttributes(access)).toEqual([]);
});
