import {parseArgs} from 'node:util';
import {RatchetError} from '../../schemas/errors.ts';
import {codecKeys} from '../../temporal/payload-codec/codec-keys.ts';
import {EncryptionCodec} from '../../temporal/payload-codec/encryption-codec.ts';
import {sayLast} from '../../telemetry/log.ts';
import {codecServer} from './codec-server.ts';

/**
 * The codec server as a process: `node cli/codec/main.ts --port 8234 --allow-origin http://127.0.0.1:8233`, with the keys in
 * RATCHET_CODEC_KEYS. Beyond loopback it wants a token, RATCHET_CODEC_TOKEN.
 */
async function main(): Promise<void> {
  const text = {type: 'string'} as const;
  const {values} = parseArgs({
    options: {port: text, host: text, 'allow-origin': {type: 'string', multiple: true}},
  });
  const keys = codecKeys();
  if (keys.length === 0)
    throw new RatchetError('InvalidInput', 'RATCHET_CODEC_KEYS is not set: there is nothing to decrypt with');
  const host = values.host ?? '127.0.0.1';
  const port = Number(values.port ?? 8234);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new RatchetError('InvalidInput', `--port: expected 0 to 65535, got ${values.port}`);
  const token = process.env['RATCHET_CODEC_TOKEN'] || null;
  if (token === null && !['127.0.0.1', '::1', 'localhost'].includes(host))
    throw new RatchetError(
      'InvalidInput',
      `on ${host} everybody who reaches it could read all payloads: set RATCHET_CODEC_TOKEN, or leave --host out`,
    );
  const app = codecServer({codec: new EncryptionCodec(keys), origins: values['allow-origin'] ?? [], token});
  const url = await app.listen({host, port});
  process.stdout.write(
    `${JSON.stringify({listening: url, keys: keys.map(({id}) => id), time: new Date().toISOString()})}\n`,
  );
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => void app.close().then(() => process.exit(0)));
}

// The supervisor, or the command, holds the other end of this channel.
process.on('disconnect', () => process.exit(0));

main().catch((error: unknown) => {
  sayLast('codec', error instanceof Error ? error.message : String(error));
  process.exit(
    error instanceof RatchetError || (error as {code?: string}).code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1,
  );
});
