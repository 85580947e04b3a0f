import {createServer, type RequestListener} from 'node:http';
import type {AddressInfo} from 'node:net';
import {expect, onTestFinished, test} from 'vitest';
import {untilServed} from '../../cli/until-served.ts';
import type {Project} from '../../stack/project-file.ts';
import {writeStack} from '../../stack/stack-file.ts';
import {User} from './cli.ts';
import {stackOf} from './stack-of.ts';

/** A project whose stack has this port for operators. */
async function projectWith(answer: RequestListener): Promise<Project> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const folder = new User().folder('post');
  const {port} = server.address() as AddressInfo;
  const state = stackOf(folder, 'post', {gateway: 'http://there', admin: `http://127.0.0.1:${port}`});
  writeStack(folder, state);
  return {folder, store: state.store, config: {project: 'post'}} as Project;
}

test('a move that is taken over at the third look is served, and so is a later one', async () => {
  const looks = [null, {seq: 2}, {seq: 4}];
  const project = await projectWith((_, answer) => {
    answer.end(JSON.stringify({status: 'ok', deployment: looks.shift(), refused: null}));
  });
  expect(await untilServed(project, 3)).toBeNull();
  expect(looks).toEqual([]);
});

test('one that is not says why, as the gateway does', async () => {
  let refused: string | null = 'deployment 3 is not served: release aaaa: its adapter is damaged';
  const project = await projectWith((_, answer) => {
    answer.end(JSON.stringify({status: 'degraded', deployment: {seq: 2}, refused}));
  });
  expect(await untilServed(project, 3, {withinMs: 0})).toBe(
    `http://there does not answer by it yet: ${refused}`,
  );
  refused = null;
  expect(await untilServed(project, 3, {withinMs: 0})).toBe(
    'http://there does not answer by it yet: it has not taken it over',
  );
});

test('a gateway that wants a key, that is another project’s, or away, is not waited for', async () => {
  const project = await projectWith((_, answer) => {
    answer.writeHead(401).end(JSON.stringify({error: {code: 'missing_api_key'}}));
  });
  expect(await untilServed(project, 3)).toBeNull();
  const other = await projectWith((_, answer) => {
    answer.end(JSON.stringify({status: 'ok', deployment: {seq: 2}, refused: null}));
  });
  expect(await untilServed({...other, store: 's3://elsewhere'}, 3)).toBeNull();
  expect(await untilServed({...other, folder: new User().home}, 3)).toBeNull();
});
