import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync} from 'node:fs';
import path from 'node:path';
import {sha256Hex} from '../../core/identity/digest.ts';
import {resolveEnvironment} from '../../launcher/environment.js';
import {modelFile} from '../../serving/engine/native.ts';

const SCRIPT = path.join(import.meta.dirname, 'small_model.py');

/**
 * A GGUF file with the default model's tokenizer and two layers of random weights: it is trained, converted and served as any
 * other, in a hundredth of the time, and knows nothing. Needs the trainer's Python. Made once a machine.
 */
export async function smallModel(): Promise<string> {
  const source = await modelFile(undefined);
  const made = sha256Hex(`${readFileSync(SCRIPT, 'utf8')}\0${source}\0${statSync(source).size}`);
  const {cache, python} = resolveEnvironment();
  const folder = path.join(cache, 'test-models');
  const file = path.join(folder, `small-${made.slice(0, 16)}.gguf`);
  if (existsSync(file)) return file;
  mkdirSync(folder, {recursive: true});
  const draft = `${file}.${process.pid}`;
  try {
    execFileSync(python!, [SCRIPT, source, draft], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    renameSync(draft, file);
  } finally {
    rmSync(draft, {force: true});
  }
  return file;
}
