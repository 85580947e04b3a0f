import {ErrorType, RatchetError} from '../../schemas/errors.ts';

/** What LanceDB said, in the system's own error types, in one line; its own errors are told apart by their words alone. */
export function vectorError(error: unknown, doing: string): RatchetError {
  if (error instanceof RatchetError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const type = /no space left|os error 28/i.test(message)
    ? ErrorType.DiskFull
    : /permission denied|access ?denied|signature|unauthorized|forbidden|credential/i.test(message)
      ? ErrorType.AccessDenied
      : ErrorType.Unavailable;
  return new RatchetError(type, `${doing}: ${message.replaceAll(/\s+/g, ' ').slice(0, 300)}`, {cause: error});
}

/** The table is not there (any more). */
export function isNoTable(error: unknown): boolean {
  return error instanceof Error && /was not found|not found:|does not exist/i.test(error.message);
}
