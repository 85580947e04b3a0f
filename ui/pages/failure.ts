import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {DamagedDocument} from '../../stores/objects/documents.ts';
import {html} from '../html.ts';
import type {Page} from '../page.ts';
import {link, remark} from '../parts.ts';

/** What a browser gets instead of a page: the status and one line. */
export interface Failure {
  readonly status: number;
  readonly message: string;
}

/** What an error is as a failure. Nothing of its stack is in it. */
export function failureOf(error: unknown): Failure {
  const message = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
  return {status: statusOf(error), message};
}

function statusOf(error: unknown): number {
  if (!(error instanceof RatchetError)) return (error as {statusCode?: number}).statusCode ?? 500;
  if (error instanceof DamagedDocument) return 500;
  if (error.type === ErrorType.InvalidInput) return 404;
  return error.type === ErrorType.Unavailable ? 503 : 500;
}

export function failurePage({status, message}: Failure, project?: string): Page {
  const title = status === 404 ? 'Not found' : status === 503 ? 'No answer' : 'This page cannot be shown';
  const body = [remark(message, 'bad'), html`<p>${link('/', 'All projects')}</p>`];
  return {title, body, ...(project === undefined ? {} : {project})};
}
