import {ErrorType, NON_RETRYABLE} from '../../schemas/errors.ts';
import {ERROR_MEANINGS} from './error-meanings.ts';

const HEAD = `# Error types

Generated from the code by \`node scripts/docs/main.ts\`; a test fails when this page is stale.

Every failure of Ratchet's own has one of these types. They stand in Temporal's histories as the type of the failure, in logs, and at the front of what a command says. They are constant, so alerts and retry policies may name them. "Retried" says whether Temporal tries the activity again by its retry policy; where it does not, a person is needed, and nothing that was finished is lost.

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

What the gateway answers to clients are HTTP statuses with codes of their own: [gateway](gateway.md).
`;
}
