import {explain} from './failure.ts';
import {say} from './output.ts';
import {calledAs, ratchet} from './program.ts';

/** Runs the command that these arguments name. What fails is said in a line, and becomes the process's exit code. */
export async function call(words: readonly string[]): Promise<void> {
  try {
    const args = calledAs(words);
    await (await ratchet(args[0])).parseAsync(args, {from: 'user'});
  } catch (error) {
    const {text, code} = explain(error);
    if (text !== '') say(`ratchet: ${text}`);
    process.exitCode = code;
  }
}
