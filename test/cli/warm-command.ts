import {setTimeout as delay} from 'node:timers/promises';
import {environmentVariables, resolveEnvironment} from '../../launcher/environment.js';
import {call} from '../../cli/call.ts';
import type {Call} from './warm-commands.ts';

let written = {stdout: '', stderr: ''};

for (const name of ['stdout', 'stderr'] as const)
  process[name].write = (text: string | Uint8Array, ...rest: unknown[]) => {
    written[name] += typeof text === 'string' ? text : Buffer.from(text).toString();
    const done = rest.findLast((one) => typeof one === 'function') as (() => void) | undefined;
    done?.();
    return true;
  };

process.on('disconnect', () => process.exit(0));
process.on('message', (asked: Call) => void run(asked));

/** As `cli/main.ts` does in a process of its own, which ends when nothing keeps it any more. */
async function run({args, from, env}: Call): Promise<void> {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  for (const [name, value] of Object.entries(environmentVariables(resolveEnvironment())))
    process.env[name] ??= value;
  process.chdir(from);
  process.exitCode = undefined;
  written = {stdout: '', stderr: ''};
  const before = keeping();
  await call(args);
  while (keeping() > before) await delay(5);
  process.send!({code: Number(process.exitCode ?? 0), ...written});
  process.exitCode = undefined;
}

/** How much there is that would keep a process from ending; before a command it is the channel to the tests. */
function keeping(): number {
  return process.getActiveResourcesInfo().length;
}
