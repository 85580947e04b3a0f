/**
 * A gateway that does nothing: hands each request on to the URL of its argument, and its answer back, by Node's own HTTP. What
 * it adds is what any gateway in Node adds on this machine. Prints one JSON line `{"listening": url}`.
 */
import {Agent, createServer, request as send} from 'node:http';

const engine = new URL(process.argv[2]!);
const agent = new Agent({keepAlive: true, maxSockets: 512});
const server = createServer((request, response) => {
  const {method, url, headers} = request;
  const on = send(
    {
      agent,
      host: engine.hostname,
      port: engine.port,
      method,
      path: url,
      headers: {...headers, host: engine.host},
    },
    (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    },
  );
  on.on('error', () => response.destroy());
  request.pipe(on);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address() as {port: number};
  process.stdout.write(`${JSON.stringify({listening: `http://127.0.0.1:${address.port}`})}\n`);
});
process.on('SIGTERM', () => process.exit(0));
