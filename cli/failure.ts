import {CommanderError} from 'commander';
import {z} from 'zod';
import {ErrorType, RatchetError} from '../schemas/errors.ts';
import {DamagedDocument} from '../stores/objects/documents.ts';
import {Exit} from './output.ts';
import {explainError} from '../schemas/explain-issue.ts';

/** An error → what standard error says of it and the exit code. A user's mistake never shows a stack. */
export function explain(error: unknown): {readonly text: string; readonly code: Exit} {
  if (error instanceof CommanderError) return {text: '', code: error.exitCode === 0 ? Exit.done : Exit.usage};
  if (error instanceof RatchetError)
    return {text: error.message, code: callIsToBlame(error) ? Exit.usage : Exit.failed};
  const message = messageOf(error);
  const debug = process.env['RATCHET_DEBUG'] === '1';
  const stack = debug && error instanceof Error ? `\n${error.stack}` : '';
  return {
    text: `unexpected: ${message.split('\n')[0]}${debug ? stack : ' (set RATCHET_DEBUG=1 for the stack)'}`,
    code: Exit.failed,
  };
}

function callIsToBlame(error: RatchetError): boolean {
  return error.type === ErrorType.InvalidInput && !(error instanceof DamagedDocument);
}

function messageOf(error: unknown): string {
  if (error instanceof z.ZodError) return explainError(error);
  return error instanceof Error ? error.message || error.name : String(error);
}
