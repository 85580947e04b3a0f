import {enableCompileCache} from 'node:module';
import path from 'node:path';
import {environmentVariables, resolveEnvironment} from '../launcher/environment.js';

// What the launcher sets; found here too, so that this file can be run by itself.
const found = resolveEnvironment();
for (const [name, value] of Object.entries(environmentVariables(found))) process.env[name] ??= value;

// Before anything large is loaded: a third of a command's time is reading its own code.
enableCompileCache(path.join(found.cache, 'compiled'));
const {explain} = await import('./failure.ts');
const {ratchet} = await import('./program.ts');

try {
  await (await ratchet(process.argv[2])).parseAsync();
} catch (error) {
  const {text, code} = explain(error);
  if (text !== '') process.stderr.write(`ratchet: ${text}\n`);
  process.exitCode = code;
}
