import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

type Answer =
  {readonly status: 200; readonly content: string} | {readonly status: number; readonly message: string};

export interface FakeGateway {
  readonly url: string;
  /** What it says to a mail. */
  answer: (mail: string) => Answer;
  /** So many connections that bring feedback are broken off, as by a gateway that ends. */
  breakOff: number;
  /** The feedback that came. */
  readonly feedback: readonly object[];
  /** How many were asked at once, at most. */
  readonly most: () => number;
  readonly close: () => Promise<void>;
}

/** Behaves outwardly like the gateway: chat completions, errors in OpenAI's shape, feedback. `asked` after each question. */
export async function fakeGateway(asked: () => void = () => undefined): Promise<FakeGateway> {
  let at = 0;
  let most = 0;
  const feedback: object[] = [];
  const server = createServer((request, response) => {
    most = Math.max(most, ++at);
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      at--;
      const body = JSON.parse(Buffer.concat(parts).toString()) as {messages?: {content: string}[]};
      if (request.url === '/feedback') {
        if (gateway.breakOff-- > 0) return void request.socket.destroy();
        feedback.push(body);
        return void response.writeHead(202).end();
      }
      asked();
      const answer = gateway.answer(body.messages![0]!.content);
      response.writeHead(answer.status, {'content-type': 'application/json'});
      response.end(
        JSON.stringify(
          'content' in answer
            ? {id: 'chatcmpl-1', choices: [{message: {role: 'assistant', content: answer.content}}]}
            : {error: {message: answer.message, type: 'invalid_request_error', code: null}},
        ),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const gateway: FakeGateway = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: () => ({status: 200, content: 'ham'}),
    breakOff: 0,
    feedback,
    most: () => most,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return gateway;
}
