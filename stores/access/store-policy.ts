import {DOCUMENTS, rightsOf, type Right, type StoreProcess} from './authorities.ts';
import type {S3Location} from '../objects/s3-url.ts';

/** What S3 calls each right; parts of a large file that was given up may be taken away by who writes it. */
const ACTIONS: Readonly<Record<Right, readonly string[]>> = {
  read: ['s3:GetObject'],
  write: ['s3:PutObject', 's3:AbortMultipartUpload'],
  delete: ['s3:DeleteObject'],
};

/** An IAM policy of AWS, which other S3 servers read too. */
export interface StorePolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Effect: 'Allow';
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  }[];
}

/**
 * What one kind of process needs of a bucket, and no more, by what `DOCUMENTS` declares. Names of objects it may list are those
 * it may read. The condition is `…IfExists`, since without the right to list, S3 answers 403 for an object that is not there,
 * where a process expects 404; the names of all objects are therefore shown to who lists without a prefix.
 */
export function storePolicy(
  {bucket, prefix}: Pick<S3Location, 'bucket' | 'prefix'>,
  process: StoreProcess,
): StorePolicy {
  const below = prefix === '' ? '' : `${prefix}/`;
  const kinds = (right: Right) =>
    Object.keys(DOCUMENTS).filter((kind) => rightsOf(process, kind).includes(right));
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'List',
        Effect: 'Allow',
        Action: ['s3:ListBucket'],
        Resource: [`arn:aws:s3:::${bucket}`],
        Condition: {StringLikeIfExists: {'s3:prefix': kinds('read').map((kind) => `${below}${kind}/*`)}},
      },
      ...(['read', 'write', 'delete'] as const)
        .filter((right) => kinds(right).length > 0)
        .map((right) => ({
          Sid: right[0]!.toUpperCase() + right.slice(1),
          Effect: 'Allow' as const,
          Action: ACTIONS[right],
          Resource: kinds(right).map((kind) => `arn:aws:s3:::${bucket}/${below}${kind}/*`),
        })),
    ],
  };
}
