import {existsSync, readFileSync} from 'node:fs';
import {delimiter, dirname, join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {STAMP, TRAINER_LOCKS, pythonOf, trainerFolder} from '../../launcher/environment.js';
import {ensure} from '../../launcher/step.js';
import {trainerStep} from '../../launcher/steps/trainer.js';
import {scratchFolder, writeExecutable} from './scratch.ts';

/** A context whose uv and Python write down how they are called; `uvScript` and `pythonScript` end them. */
function context(uvScript: string) {
  const bin = scratchFolder();
  const calls = join(bin, 'calls');
  const cache = scratchFolder();
  const python = `#!/bin/sh\ncase "$*" in *sys.version_info*) echo 3.12; echo "$0";; *) echo torch 2.0;; esac\n`;
  writeExecutable(join(bin, 'python3.13'), '#!/bin/sh\nexit 127\n');
  writeExecutable(join(bin, 'python3.12'), python);
  writeExecutable(
    join(bin, 'uv'),
    `#!/bin/sh
[ "$1" = --version ] && exit 0
echo "$@" >> ${calls}
for last; do :; done
if [ "$1" = venv ]; then mkdir -p "$last/bin"; cp ${bin}/python3.12 "$last/bin/python"; exit 0; fi
${uvScript}
`,
  );
  return {
    cache,
    bin,
    root: cache,
    calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8') : ''),
    env: {
      RATCHET_CACHE: cache,
      RATCHET_TORCH: 'full',
      HOME: bin,
      PATH: [bin, '/usr/bin', '/bin'].join(delimiter),
    } as NodeJS.ProcessEnv,
    say: () => {},
    begin: () => {},
    end: () => {},
  };
}

describe('the trainer’s environment', () => {
  it('is made by uv, every package by its hash, and stamped last', async () => {
    const here = context('exit 0');
    const folder = trainerFolder(here.cache, TRAINER_LOCKS.full);
    expect(await ensure(trainerStep, here)).toMatchObject({state: 'built', detail: 'torch 2.0'});
    expect(here.calls().split('\n')).toEqual([
      `venv --quiet --allow-existing --python ${join(here.bin, 'python3.12')} ${folder}`,
      `pip install --quiet --compile-bytecode --python ${pythonOf(folder)} --require-hashes --requirement ${TRAINER_LOCKS.full}`,
      '',
    ]);
    expect(existsSync(join(folder, STAMP))).toBe(true);
    expect(await ensure(trainerStep, here)).toMatchObject({state: 'ready', detail: pythonOf(folder)});
  });

  it('is not complete where the installation failed, and says what uv said', async () => {
    const here = context('echo "error: Hash mismatch for torch" >&2; exit 1');
    const result = await ensure(trainerStep, here);
    expect(result).toMatchObject({
      state: 'failed',
      detail: expect.stringMatching(
        /^uv installing trainer\/requirements\.txt: error: Hash mismatch for torch; .*RATCHET_PYTHON/,
      ),
    });
    expect(existsSync(join(trainerFolder(here.cache, TRAINER_LOCKS.full), STAMP))).toBe(false);
  });

  it('is taken as it is where it works but bears no stamp', async () => {
    const here = context('exit 1');
    const folder = trainerFolder(here.cache, TRAINER_LOCKS.full);
    writeExecutable(pythonOf(folder), '#!/bin/sh\necho torch 2.1\n');
    expect(await ensure(trainerStep, here)).toMatchObject({
      state: 'built',
      detail: 'torch 2.1, found and checked',
    });
    expect(here.calls()).toBe('');
    expect(JSON.parse(readFileSync(join(folder, STAMP), 'utf8'))).toMatchObject({version: 'torch 2.1'});
  });

  it.skipIf(existsSync(TRAINER_LOCKS.cpu))(
    'is not another than the one that RATCHET_TORCH asks for, even where one is there',
    async () => {
      const here = context('exit 0');
      expect(await ensure(trainerStep, here)).toMatchObject({state: 'built'});
      here.env['RATCHET_TORCH'] = 'cpu';
      expect(await ensure(trainerStep, here)).toMatchObject({
        state: 'failed',
        detail: `looked which build of torch to install: RATCHET_TORCH is cpu, and ${TRAINER_LOCKS.cpu} is not there; make that lock as trainer/README.md says, or unset RATCHET_TORCH`,
      });
      here.env['RATCHET_TORCH'] = 'gpu';
      expect(await ensure(trainerStep, here)).toMatchObject({
        state: 'failed',
        detail: expect.stringContaining('RATCHET_TORCH is gpu; set it to cpu or full'),
      });
    },
  );

  it('is the user’s own where RATCHET_PYTHON names one, and a line where it names none', async () => {
    const here = context('exit 1');
    const python = writeExecutable(join(scratchFolder(), 'python'));
    here.env['RATCHET_PYTHON'] = python;
    expect(await ensure(trainerStep, here)).toMatchObject({state: 'ready', detail: python});
    here.env['RATCHET_PYTHON'] = join(dirname(python), 'gone');
    expect(await ensure(trainerStep, here)).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('is not an executable file; correct or unset it'),
    });
  });
});
