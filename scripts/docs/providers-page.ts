import {VENDORS} from '../../schemas/names.ts';
import {PARAMETERS, type Support} from '../../serving/clients/providers/parameters.ts';
import {WHERE} from '../../serving/clients/providers/settings.ts';

const HEAD = `# Models of providers

Generated from the code by \`node scripts/docs/main.ts\`; a test fails when this page is stale.

A release can name a model of a provider: OpenAI, Anthropic, Google, or any server that speaks as OpenAI's API does. The release says which model. The environment says where it is asked, and with which key.

## Keys and addresses

| Vendor | Key | Address | Default |
| --- | --- | --- | --- |
`;

const REQUESTS = `
OpenAI's organisation and project come from \`OPENAI_ORG_ID\` and \`OPENAI_PROJECT_ID\`. Proxies come from \`HTTPS_PROXY\`, \`HTTP_PROXY\` and \`NO_PROXY\`.

## What is passed on

Requests and answers have the form of OpenAI's Chat Completions, for every provider. A parameter that a provider cannot do is refused by name before anything is sent; nothing is left out silently. A value that OpenAI has by default, such as \`n: 1\`, asks for nothing.

`;

const FAILURES = `
## When a provider fails

- **Attempts.** A request is tried up to three times, as long as the failure may pass. Between attempts Ratchet waits what the provider asks, up to 5 s, else a random part of a time that doubles, starting at 0.5 s.
- **Retry budget.** Retries are at most a tenth of the requests to an address in the long run, plus one a second.
- **Circuit.** After five failures in a row an address is not asked for 5 s, then by one request at a time; up to 60 s if that fails.
- **Streams.** Once a piece was passed on, nothing is tried again: the stream ends with an error.
- **Bounds.** An answer has at most 32 MiB. Silence in the middle of an answer ends it after 120 s.
- **Messages.** No error repeats what a provider wrote, apart from words that classify it, such as \`context_length_exceeded\`: its message may repeat your prompt or your key.
`;

/** docs/providers.md: where each vendor's models are asked, and what of a request goes to which. */
export function providersPage(): string {
  const addresses = VENDORS.map((vendor) => {
    const {keys, baseUrl, defaultUrl, keyOptional} = WHERE[vendor];
    const key = `${keys.map((name) => `\`${name}\``).join(' or ')}${keyOptional ? ', if the server takes one' : ''}`;
    return `| ${vendor} | ${key} | \`${baseUrl}\` | ${defaultUrl ?? 'none: it is required'} |`;
  });
  const parameters = PARAMETERS.map(
    ({name, vendors}) => `| \`${name}\` | ${VENDORS.map((vendor) => inWords(vendors[vendor])).join(' | ')} |`,
  );
  return [
    HEAD,
    addresses.join('\n'),
    '\n',
    REQUESTS,
    `| Parameter | ${VENDORS.join(' | ')} |\n| --- |${VENDORS.map(() => ' --- |').join('')}\n`,
    parameters.join('\n'),
    '\n',
    FAILURES,
  ].join('');
}

function inWords(support: Support): string {
  if ('refused' in support) return `no: ${support.refused}`;
  if ('limits' in support) return support.limits;
  return support.taken === null ? 'yes' : `yes: ${support.taken}`;
}
