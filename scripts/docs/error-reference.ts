import {ErrorType, NON_RETRYABLE} from '../../schemas/errors.ts';
import {ERROR_MEANINGS} from './error-meanings.ts';

const HEAD = `# Error types

Generated from the code by \`node scripts/docs/main.ts\`; a test fails when this page is stale.

Every failure of Ratchet's own has one of these types. You find them in Temporal's histories as the type of the failure, in logs, and at the beginning of a command's message. They are constant, so you can use them in alerts and retry policies. "Retried" says whether Temporal retries the activity by its policy. If it does not, you have to act; finished work is never lost.

| Type | Retried | What it means | What to do |
| --- | --- | --- | --- |
`;

/** docs/errors.md: each error type, whether it is retried, and what to do. */
export function errorReference(): string {
  const rows = Object.values(ErrorType).map((type) => {
    const {means, todo} = ERROR_MEANINGS[type];
    return `| \`${type}\` | ${NON_RETRYABLE.includes(type) ? 'no' : 'yes'} | ${means} | ${todo} |`;
  });
  return `${HEAD}${rows.join('\n')}

Clients of the gateway get HTTP statuses with codes instead: [gateway](gateway.md#errors). For help with a message, see [troubleshooting](troubleshooting.md).
`;
}
