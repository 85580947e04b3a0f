import {ErrorType, RatchetError} from '../../schemas/errors.ts';

const TYPES: Record<string, ErrorType> = {
  ENOSPC: ErrorType.DiskFull,
  EDQUOT: ErrorType.DiskFull,
  EACCES: ErrorType.AccessDenied,
  EPERM: ErrorType.AccessDenied,
  EROFS: ErrorType.AccessDenied,
  EISDIR: ErrorType.InvalidInput,
  ENOTDIR: ErrorType.InvalidInput,
  EEXIST: ErrorType.InvalidInput,
  ENAMETOOLONG: ErrorType.InvalidInput,
};
const ADVICE: Partial<Record<ErrorType, string>> = {
  [ErrorType.DiskFull]: 'no space left: free some and run again, what was written so far is kept',
  [ErrorType.AccessDenied]: 'this user may not write or read there: check owner and mode of the folder',
  [ErrorType.InvalidInput]: 'a key cannot be the folder of another key',
};

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What the file system said, in the system's own error types, with the path and what to do. */
export function fileError(error: unknown, doing: string, path: string): RatchetError {
  if (error instanceof RatchetError) return error;
  const code = codeOf(error) ?? 'error';
  const type = TYPES[code] ?? ErrorType.Unavailable;
  const advice = ADVICE[type] ?? 'the file system did not answer as it should';
  return new RatchetError(type, `${doing} ${path}: ${code}, ${advice}`, {cause: error});
}
