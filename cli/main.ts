import {enableCompileCache} from 'node:module';
import {compileCache, environmentVariables, resolveEnvironment} from '../launcher/environment.js';

// What the launcher sets; found here too, so that this file can be run by itself.
const found = resolveEnvironment();
for (const [name, value] of Object.entries(environmentVariables(found))) process.env[name] ??= value;

// Whoever read the output has enough (`| head`) or is gone: the rest is for nobody, and no failure of the call.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });

// Before anything large is loaded: a third of a command's time is reading its own code.
enableCompileCache(compileCache(found.cache));
const {call} = await import('./call.ts');
await call(process.argv.slice(2));
