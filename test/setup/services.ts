import {inject} from 'vitest';

/** The Temporal server of this test run, or why there is none. */
export type ProvidedTemporal = {readonly address: string} | {readonly unavailable: string};

/** The S3 server of this test run: path-style addressing. Or why there is none. */
export type ProvidedS3 = S3Access | {readonly unavailable: string};

export interface S3Access {
  /** `http://host:port` */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * `host:port` of the Temporal server that this run started, for `Connection.connect` and `NativeConnection.connect`.
 * Throws where there is none: a test that needs Temporal never passes without it.
 */
export function temporalAddress(): string {
  // Nothing is provided to quick tests.
  const temporal = inject('temporal') as ProvidedTemporal | undefined;
  if (temporal === undefined)
    throw new Error(
      'a test that needs a Temporal server is named in test/setup/needs-more.ts: this one is not',
    );
  if ('unavailable' in temporal) throw new Error(temporal.unavailable);
  return temporal.address;
}

/**
 * The S3 server of this run, or the reason why there is none; the tests then skip with that reason.
 *
 * @example
 * const s3 = s3Access();
 * describe.skipIf('unavailable' in s3)('object store over S3', …);
 */
export function s3Access(): ProvidedS3 {
  return inject('s3');
}
