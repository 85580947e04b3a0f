/**
 * Stands in for an engine whose answers cost nothing, so that what is measured is the gateway. A stream's chunks each say
 * when they were sent (µs on the machine's monotonic clock). Prints one JSON line `{"listening": url}`.
 */
import {createServer} from 'node:http';

const CHUNKS = 20;
const CHUNK_MS = 5;
const ANSWER = JSON.stringify({
  choices: [{index: 0, text: ' spam', finish_reason: 'stop'}],
  usage: {prompt_tokens: 60, completion_tokens: 1, total_tokens: 61},
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
    const {stream} = JSON.parse(Buffer.concat(parts).toString()) as {stream?: boolean};
    if (stream !== true) {
      response.setHeader('content-type', 'application/json');
      response.end(ANSWER);
      return;
    }
    response.writeHead(200, {'content-type': 'text/event-stream'});
    let sent = 0;
    const timer = setInterval(() => {
      const last = ++sent > CHUNKS;
      const text = last ? '' : ` ${process.hrtime.bigint() / 1000n}`;
      const choice = {index: 0, text, finish_reason: last ? 'stop' : null};
      response.write(`data: ${JSON.stringify({choices: [choice]})}\n\n`);
      if (!last) return;
      clearInterval(timer);
      response.end('data: [DONE]\n\n');
    }, CHUNK_MS);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address() as {port: number};
  process.stdout.write(`${JSON.stringify({listening: `http://127.0.0.1:${address.port}`})}\n`);
});
process.on('SIGTERM', () => process.exit(0));
