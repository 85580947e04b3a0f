import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import type {Command} from 'commander';
import {ownProgram} from '../../stack/own-program.ts';
import {acting, define, group, type CommonOptions} from '../define.ts';
import {Exit, print, printJson} from '../output.ts';

interface ServeOptions {
  readonly port?: string;
  readonly host?: string;
  readonly allowOrigin?: readonly string[];
}

export function codec(program: Command): void {
  const parent = group(program, 'codec', {
    what: 'encryption of what Temporal keeps: keys for RATCHET_CODEC_KEYS, and the server that its UI decrypts with',
    examples: ['export RATCHET_CODEC_KEYS="$(ratchet codec key 2026a)"', 'ratchet codec serve'],
  });

  define(parent, 'key <id>', {
    what: 'make a key for RATCHET_CODEC_KEYS; it is printed, not stored',
    examples: ['ratchet codec key 2026a'],
    project: false,
  }).action(
    acting(async (id: string, options: CommonOptions) => {
      const entry = `${id}:${randomBytes(32).toString('hex')}`;
      if (options.json) printJson({id, entry});
      else print(entry);
      return Exit.done;
    }),
  );

  define(parent, 'serve', {
    what: 'decrypt for the Temporal UI and CLI (`ratchet up` starts one if RATCHET_CODEC_KEYS is set); its start line is JSON',
    examples: ['ratchet codec serve --port 8234 --allow-origin https://temporal.example.com'],
    project: false,
  })
    .option('--port <port>', '8234 by default')
    .option('--host <host>', '127.0.0.1 by default; other addresses need RATCHET_CODEC_TOKEN')
    .option('--allow-origin <origin...>', 'allowed web origin: the address of the Temporal UI')
    .action(
      acting(async ({port, host, allowOrigin}: ServeOptions) => {
        const args = [
          ...(port === undefined ? [] : ['--port', port]),
          ...(host === undefined ? [] : ['--host', host]),
          ...(allowOrigin ?? []).flatMap((origin) => ['--allow-origin', origin]),
        ];
        const server = spawn(process.execPath, [ownProgram('cli/codec/main'), ...args], {
          stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        });
        const [code] = (await once(server, 'exit')) as [number | null];
        return code === 0 ? Exit.done : code === 2 ? Exit.usage : Exit.failed;
      }),
    );
}
