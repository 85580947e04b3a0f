import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, statSync, writeFileSync} from 'node:fs';
import {createServer, request} from 'node:http';
import type {AddressInfo} from 'node:net';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterEach, beforeAll, describe, expect, test} from 'vitest';
import {MAIN, User} from './cli.ts';
import {prepare} from './prepared-store.ts';
import {projectYaml} from './project-yaml.ts';

let user: User;
let folder: string;
let command: ChildProcess | undefined;

beforeAll(async () => {
  user = new User();
  folder = user.folder('post');
  writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml());
  await prepare(pathToFileURL(path.join(folder, '.ratchet', 'store')).href);
});
afterEach(async () => {
  const running = command?.exitCode === null ? command : undefined;
  command = undefined;
  if (running === undefined) return;
  running.kill('SIGKILL');
  await once(running, 'exit');
});

/** The command as it runs, with what it printed when it was ready. */
async function started(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, 'ui', '--port', '0', ...args], {
    cwd: folder,
    env: user.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  command = child;
  const said = {stdout: '', stderr: ''};
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said.stdout += chunk.toString();
      if (/^\}$|sign in/m.test(said.stdout)) resolve();
    });
    child.once('exit', () => reject(new Error(said.stderr)));
  });
  return {child, said};
}

/** Every file of the store with its size and when it was written. */
function filesOf(store: string): string[] {
  return readdirSync(store, {recursive: true, encoding: 'utf8'})
    .map((file) => [file, statSync(path.join(store, file))] as const)
    .map(([file, {size, mtimeMs}]) => `${file} ${size} ${mtimeMs}`)
    .sort();
}

describe('ratchet ui', () => {
  test('serves the pages to who has the link, writes nothing, and ends with SIGTERM', async () => {
    const store = path.join(folder, '.ratchet', 'store');
    const before = filesOf(store);
    const {child, said} = await started('--json');
    const {url, link, projects} = JSON.parse(said.stdout) as {url: string; link: string; projects: string[]};
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(projects).toEqual(['post']);
    expect((await fetch(`${url}/post`)).status).toBe(401);

    const cookie = (await fetch(link)).headers.get('set-cookie')!.split(';')[0]!;
    expect(cookie).toMatch(new RegExp(`^ratchet-ui-${new URL(url).port}=`));
    for (const page of ['', '/runs', '/releases', '/approvals', '/traces', '/drift', '/audit']) {
      const answer = await fetch(`${url}/post${page}`, {headers: {cookie}});
      expect({page, status: answer.status}, await answer.text()).toEqual({page, status: 200});
    }
    const approvals = await (await fetch(`${url}/post/approvals`, {headers: {cookie}})).text();
    expect(approvals).toContain('the stack of post is down: start it with `ratchet up post`');

    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(said.stderr).toBe(
      `the link was used; for another browser: ${said.stderr.trimEnd().split(' ').at(-1)}\n`,
    );
    expect(said.stderr).toContain(`${url}/-/link/`);
    expect(filesOf(store)).toEqual(before);
  });

  test('says which projects it shows and where, in one line', async () => {
    const {said} = await started();
    expect(said.stdout).toMatch(/^post: sign in once with http:\/\/127\.0\.0\.1:\d+\/-\/link\/[\w-]{43}\n$/);
    expect(said.stderr).toBe('');
  });

  test('beyond loopback it warns, and answers to addresses and the names that are allowed', async () => {
    const {child, said} = await started('--host', '0.0.0.0', '--allow-host', 'Ratchet.Example.com', '--json');
    const {url} = JSON.parse(said.stdout) as {url: string};
    const status = async (host: string) => {
      // fetch() does not let one choose the Host.
      const asked = request({host: '127.0.0.1', port: new URL(url).port, headers: {host}}).end();
      const [answer] = (await once(asked, 'response')) as [{statusCode: number; resume(): void}];
      answer.resume();
      return answer.statusCode;
    };
    expect(await status('ratchet.example.com')).toBe(401);
    expect(await status('192.0.2.7:8235')).toBe(401);
    expect(await status('evil.example.com')).toBe(403);
    child.kill('SIGTERM');
    await once(child, 'close');
    expect(said.stderr).toContain('other machines can reach 0.0.0.0: put a proxy with TLS before it');
  });

  const REFUSED: readonly (readonly [readonly string[], string])[] = [
    [['--port', 'x'], '--port: expected 0 to 65535, got "x"'],
    [['--port', '65536'], '--port: expected 0 to 65535, got "65536"'],
    [['--host', '192.0.2.1'], 'this machine has no address 192.0.2.1: check --host'],
    [['nothing'], 'no project "nothing"'],
  ];
  test('a call that cannot be served is refused in one line', async () => {
    const answers = await Promise.all(REFUSED.map(([args]) => user.ratchet(['ui', ...args], {from: folder})));
    for (const [i, {code, stdout, stderr}] of answers.entries()) {
      expect({code, stdout}).toEqual({code: 2, stdout: ''});
      expect(stderr).toContain(REFUSED[i]![1]);
      expect(stderr.trimEnd()).not.toContain('\n');
    }
  });

  test('a port that is in use is named', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const {port} = other.address() as AddressInfo;
    const {code, stderr} = await user.ratchet(['ui', '--port', String(port)], {from: folder});
    other.close();
    expect(code).toBe(2);
    expect(stderr).toBe(
      `ratchet: port ${port} is in use: stop what listens there, or choose another with --port (0: any free one)\n`,
    );
  });
});
