import {environmentVariables, resolveEnvironment} from '../launcher/environment.js';
import {explain} from './failure.ts';
import {ratchet} from './program.ts';

// What the launcher sets; found here too, so that this file can be run by itself.
for (const [name, value] of Object.entries(environmentVariables(resolveEnvironment())))
  process.env[name] ??= value;

try {
  await ratchet().parseAsync();
} catch (error) {
  const {text, code} = explain(error);
  if (text !== '') process.stderr.write(`ratchet: ${text}\n`);
  process.exitCode = code;
}
