import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {resolveEnvironment} from '../../launcher/environment.js';

/** An interpreter with the official `openai` package; undefined where it is not installed. */
export const testPython = resolveEnvironment().testPython;

/** What a gateway answers the official Python client: whole, streamed, and refused. */
export async function askByPython(
  url: string,
  {model, text, apiKey = 'none'}: {model: string; text: string; apiKey?: string},
): Promise<Record<string, unknown>> {
  const program = join(import.meta.dirname, 'ask.py');
  const {stdout} = await promisify(execFile)(testPython!, [program, url, model, text], {
    env: {...process.env, OPENAI_API_KEY: apiKey},
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}
