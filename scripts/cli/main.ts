import {explain} from './failure.ts';
import {ratchet} from './program.ts';

try {
  await ratchet().parseAsync();
} catch (error) {
  const {text, code} = explain(error);
  if (text !== '') process.stderr.write(`ratchet: ${text}\n`);
  process.exitCode = code;
}
