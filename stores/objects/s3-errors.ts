import {ErrorType, RatchetError} from '../../schemas/errors.ts';

const TYPES: Record<string, ErrorType> = {
  AccessDenied: ErrorType.AccessDenied,
  CredentialsProviderError: ErrorType.AccessDenied,
  ExpiredToken: ErrorType.AccessDenied,
  InvalidAccessKeyId: ErrorType.AccessDenied,
  InvalidToken: ErrorType.AccessDenied,
  SignatureDoesNotMatch: ErrorType.AccessDenied,
  RequestTimeTooSkewed: ErrorType.AccessDenied,
  NoSuchBucket: ErrorType.InvalidInput,
  InvalidBucketName: ErrorType.InvalidInput,
  PermanentRedirect: ErrorType.InvalidInput,
  AuthorizationHeaderMalformed: ErrorType.InvalidInput,
  // versitygw and MinIO keep keys in folders; so does a file store, and a project must be able to move.
  ObjectParentIsFile: ErrorType.InvalidInput,
  XMinioParentIsObject: ErrorType.InvalidInput,
  NotImplemented: ErrorType.StoreUnfit,
  QuotaExceeded: ErrorType.DiskFull,
  XMinioStorageFull: ErrorType.DiskFull,
};
const ADVICE: Partial<Record<ErrorType, string>> = {
  [ErrorType.AccessDenied]:
    'check the credentials (AWS_ACCESS_KEY_ID, AWS_PROFILE, …), their rights on the bucket, and the clock',
  [ErrorType.InvalidInput]: 'check bucket, region and endpoint of the store',
  [ErrorType.StoreUnfit]: 'this server lacks what the store needs',
  [ErrorType.DiskFull]: 'the server has no space left',
  [ErrorType.Unavailable]: 'is the endpoint right and the server up?',
};

export function statusOf(error: unknown): number | undefined {
  const metadata = (error as {$metadata?: {httpStatusCode?: number}} | null)?.$metadata;
  return metadata?.httpStatusCode;
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}

/** What the server or the SDK said, in the system's own error types, in one line and without secrets. */
export function s3Error(error: unknown, doing: string, where: string): RatchetError {
  if (error instanceof RatchetError) return error;
  const name = nameOf(error);
  const status = statusOf(error);
  const message = error instanceof Error ? error.message.split('\n')[0]! : String(error);
  const type = TYPES[name] ?? byStatus(status) ?? byMessage(message);
  const said = status === undefined ? message : `${status} ${name}`;
  // The SDK's own error carries the signed request, session token included: only its words go on.
  const cause = new Error(`${name}: ${message}`);
  return new RatchetError(type, `${doing} ${where}: ${said}: ${ADVICE[type]}`, {cause});
}

function byStatus(status: number | undefined): ErrorType | undefined {
  if (status === 401 || status === 403) return ErrorType.AccessDenied;
  if (status === 507) return ErrorType.DiskFull;
  return undefined;
}

function byMessage(message: string): ErrorType {
  return /region is missing|invalid url/i.test(message) ? ErrorType.InvalidInput : ErrorType.Unavailable;
}
