/**
 * A part of a stack, as small as can be: writes its pid to FILE and answers on PORT until it is told to end.
 * `node fake-part.ts --port N [--deaf] [--die-after MS] [--say TEXT] [--exit CODE]`
 */
import {createServer} from 'node:http';
import {parseArgs} from 'node:util';

const {values} = parseArgs({
  options: {port: {type: 'string'}, deaf: {type: 'boolean'}, exit: {type: 'string'}, say: {type: 'string'}},
});
if (values.say) console.log(values.say);
if (values.exit) process.exit(Number(values.exit));
if (values.deaf) process.on('SIGTERM', () => console.log('SIGTERM heard, going on'));
else
  process.on('SIGTERM', () => {
    console.log('SIGTERM heard, ending');
    process.exit(0);
  });
createServer((_, response) => response.end(String(process.pid))).listen(Number(values.port), '127.0.0.1');
