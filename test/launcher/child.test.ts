import {spawn} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {describe, expect, it} from 'vitest';
import {capture, runInPlace} from '../../launcher/child.js';
import {scratchFolder} from './scratch.ts';

const CHILD_MODULE = fileURLToPath(new URL('../../launcher/child.js', import.meta.url));

describe('runInPlace', () => {
  it('passes the exit code on', async () => {
    expect(await runInPlace(process.execPath, ['--eval', 'process.exit(7)'], process.env)).toBe(7);
    expect(await runInPlace(process.execPath, ['--eval', '0'], process.env)).toBe(0);
  });

  it('says by its code which signal ended the child', async () => {
    const kill = 'process.kill(process.pid, "SIGKILL")';
    expect(await runInPlace(process.execPath, ['--eval', kill], process.env)).toBe(128 + 9);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'hands %s on, and waits for the child to end in its own way',
    async (signal) => {
      const script = join(scratchFolder(), 'launcher.mjs');
      const child = `process.on('${signal}', () => { console.log('child got ${signal}'); process.exit(5); });
      setInterval(() => {}, 1000); console.log('child is up');`;
      writeFileSync(
        script,
        `import {runInPlace} from ${JSON.stringify(CHILD_MODULE)};
      process.exitCode = await runInPlace(process.execPath, ['--eval', ${JSON.stringify(child)}], process.env);`,
      );
      const launcher = spawn(process.execPath, [script], {stdio: ['ignore', 'pipe', 'inherit']});
      let printed = '';
      launcher.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        if (printed.includes('child is up') && !launcher.killed) launcher.kill(signal);
      });
      const code = await new Promise((resolve) => launcher.once('close', resolve));
      expect(printed).toBe(`child is up\nchild got ${signal}\n`);
      expect(code).toBe(5);
    },
  );
});

describe('capture', () => {
  it('keeps what was printed, and tells a program that is not there from one that failed', async () => {
    const script = 'console.log("out"); console.error("err"); process.exit(3)';
    const failed = await capture(process.execPath, ['--eval', script]);
    expect(failed).toMatchObject({ok: false, code: 3, stdout: 'out\n'});
    expect(failed.output).toContain('err');
    const absent = await capture('/no/such/program', []);
    expect(absent).toMatchObject({ok: false, code: undefined});
    expect(absent.output).toContain('ENOENT');
  });
});
