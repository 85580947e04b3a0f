import {execFileSync} from 'node:child_process';
import {createHmac} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterEach, expect, test} from 'vitest';
import {post} from '../../../activities/notify/post.ts';
import {signedMessage} from '../../../core/notify/message.ts';
import type {Notice} from '../../../schemas/notify.ts';
import {receiver, type Receiver} from './receiver.ts';

const notice: Notice = {
  id: 'approval_waiting/lifecycle/mail/20021203T114636Z-k3f9qa',
  event: 'approval_waiting',
  project: 'mail',
  at: '2002-12-03T11:50:00.000Z',
  facts: {run: 'lifecycle/mail/20021203T114636Z-k3f9qa', release: 'ab'.repeat(32)},
};
const message = signedMessage(notice, 'a shared secret', 1_038_916_200);
const how = {answerMs: 5_000, signal: new AbortController().signal};

let there: Receiver | undefined;
afterEach(async () => {
  await there?.close();
  there = undefined;
});

test('what arrives is signed over time and body, has an id, and a line that Slack shows', async () => {
  there = await receiver([200]);
  expect(await post(there.url, message, how)).toBe(200);
  const {headers, body} = there.received[0]!;
  const expected = createHmac('sha256', 'a shared secret').update(`1038916200.${body}`).digest('hex');
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'x-ratchet-id': notice.id,
    'x-ratchet-event': 'approval_waiting',
    'x-ratchet-timestamp': '1038916200',
    'x-ratchet-signature': `sha256=${expected}`,
  });
  expect(JSON.parse(body)).toEqual({
    ...notice,
    text: 'mail: release abababababab passed its gates and waits for approval. ratchet report abababababab, then ratchet approve abababababab',
  });
});

test.each([500, 503, 429, 408])('%i is tried again', async (code) => {
  there = await receiver([code]);
  await expect(post(there.url, message, how)).rejects.toMatchObject({
    type: 'Unavailable',
    message: expect.stringMatching(new RegExp(`^notify: 127\\.0\\.0\\.1:\\d+ answers ${code}$`)),
  });
});

test.each([400, 401, 404, 302])('%i is a refusal, and nobody is asked elsewhere', async (code) => {
  there = await receiver([code]);
  await expect(post(there.url, message, how)).rejects.toMatchObject({type: 'InvalidInput'});
  expect(there.received).toHaveLength(1);
});

test('one that does not answer in time, and one that is not there, are tried again; the path is not told', async () => {
  there = await receiver([0]);
  const slow = post(there.url, message, {...how, answerMs: 200});
  await expect(slow).rejects.toMatchObject({
    type: 'Unavailable',
    message: expect.stringMatching(/^notify: 127\.0\.0\.1:\d+ does not answer within 0\.2 s$/),
  });
  await there.close();
  await expect(post(there.url, message, how)).rejects.toMatchObject({
    type: 'Unavailable',
    message: expect.stringMatching(/^notify: 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)$/),
  });
});

test('a certificate that nobody vouches for is not trusted', async (context) => {
  const tls = selfSigned();
  if (tls === null) return context.skip('no openssl on this machine to make one with');
  there = await receiver([200], tls);
  await expect(post(there.url, message, how)).rejects.toMatchObject({
    type: 'Unavailable',
    message: expect.stringMatching(/cannot be reached \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/),
  });
  expect(there.received).toEqual([]);
});

function selfSigned(): {key: string; cert: string} | null {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ratchet-tls-'));
  const file = (name: string) => path.join(folder, name);
  try {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
        '-subj',
        '/CN=127.0.0.1',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        file('key.pem'),
        '-out',
        file('cert.pem'),
      ],
      {stdio: 'ignore'},
    );
    return {key: readFileSync(file('key.pem'), 'utf8'), cert: readFileSync(file('cert.pem'), 'utf8')};
  } catch {
    return null;
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}
