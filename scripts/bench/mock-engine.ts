/**
 * Stands in for an engine whose answers cost nothing, so that what is measured is the gateway. A stream's chunks each say
 * when they were sent (µs on the machine's monotonic clock). Prints one JSON line `{"listening": url}`.
 */
import {createServer} from 'node:http';

const STREAM = {chunks: 20, everyMs: 5};
/** For a prompt that says so. */
const SLOW_STREAM = {chunks: 400, everyMs: 50};
const usage = {prompt_tokens: 60, completion_tokens: 1, total_tokens: 61};
const ANSWER = JSON.stringify({choices: [{index: 0, text: ' spam', finish_reason: 'stop'}], usage});
/** For gateways that ask for chat. */
const CHAT_ANSWER = JSON.stringify({
  id: 'chatcmpl-0',
  object: 'chat.completion',
  created: 1,
  model: 'bench',
  choices: [{index: 0, message: {role: 'assistant', content: 'spam'}, finish_reason: 'stop'}],
  usage,
});

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({data: [{id: 'base', parent: null}]}));
    return;
  }
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const asked = Buffer.concat(parts).toString();
    if ((JSON.parse(asked) as {stream?: boolean}).stream !== true) {
      response.setHeader('content-type', 'application/json');
      response.end(request.url?.endsWith('/chat/completions') === true ? CHAT_ANSWER : ANSWER);
      return;
    }
    const {chunks, everyMs} = asked.includes('slow stream') ? SLOW_STREAM : STREAM;
    response.writeHead(200, {'content-type': 'text/event-stream'});
    let sent = 0;
    const timer = setInterval(() => {
      const last = ++sent > chunks;
      const text = last ? '' : ` ${process.hrtime.bigint() / 1000n}`;
      const choice = {index: 0, text, finish_reason: last ? 'stop' : null};
      response.write(`data: ${JSON.stringify({choices: [choice]})}\n\n`);
      if (!last) return;
      clearInterval(timer);
      response.end('data: [DONE]\n\n');
    }, everyMs);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address() as {port: number};
  process.stdout.write(`${JSON.stringify({listening: `http://127.0.0.1:${address.port}`})}\n`);
});
process.on('SIGTERM', () => process.exit(0));
