import {afterEach, beforeEach, expect, test} from 'vitest';
import {askAll, Users, type Conversation, type Mail} from '../../cli/demo/users.ts';
import {fakeGateway, type FakeGateway} from './fake-gateway.ts';

let gateway: FakeGateway;
beforeEach(async () => {
  gateway = await fakeGateway();
});
afterEach(() => gateway.close());

const mail = (row: string, label: string): Mail => ({row, content: row, label});

async function asked(...mails: Mail[]): Promise<Conversation[]> {
  const conversations: Conversation[] = [];
  const users = new Users(gateway.url, 'mail/triage');
  await askAll(users, mails, {concurrency: 1, onAnswer: (one) => conversations.push(one)});
  return conversations;
}

test('a right answer is confirmed, a wrong one corrected', async () => {
  expect(await asked(mail('lunch', 'ham'), mail('viagra', 'spam'))).toMatchObject([
    {right: true},
    {right: false},
  ]);
  expect(gateway.feedback).toEqual([
    {trace: '1', rating: 1},
    {trace: '1', correction: 'spam'},
  ]);
});

test('a user who knows no right answer gives no feedback', async () => {
  expect(await asked(mail('lunch', ''))).toMatchObject([{right: false}]);
  expect(gateway.feedback).toEqual([]);
});

test('feedback is told again to a gateway that breaks off, as one does that is killed', async () => {
  gateway.breakOff = 2;
  expect(await asked(mail('lunch', 'ham'))).toMatchObject([{right: true}]);
  expect(gateway.feedback).toEqual([{trace: '1', rating: 1}]);
});

test('a mail that the gateway does not take is said to be refused, and the next one is asked', async () => {
  gateway.answer = (text) =>
    text === 'long' ? {status: 400, message: 'messages: too long'} : {status: 200, content: 'ham'};
  expect(await asked(mail('long', 'ham'), mail('lunch', 'ham'))).toMatchObject([
    {status: 'refused', reason: expect.stringContaining('messages: too long')},
    {status: 'answered', right: true},
  ]);
  expect(gateway.feedback).toHaveLength(1);
});

test('any other error ends it in one line that names the mail', async () => {
  gateway.answer = () => ({status: 404, message: 'no such model'});
  await expect(asked(mail('lunch', 'ham'))).rejects.toThrow(
    'the gateway answered lunch with 404 no such model',
  );
});

test('a gateway that wants a key is told from one that fails', async () => {
  gateway.answer = () => ({status: 401, message: 'expected the header'});
  await expect(asked(mail('lunch', 'ham'))).rejects.toMatchObject({
    type: 'AccessDenied',
    message: expect.stringMatching(/401 expected the header.*ratchet api-keys create users.*RATCHET_API_KEY/),
  });
});
