import type {Client} from '@temporalio/client';
import {defaultPayloadConverter, type Payload} from '@temporalio/common';

/** A payload of a raw history or description, as the client's own codecs and JSON have it. */
export async function decodePayload(client: Client, payload: Payload): Promise<unknown> {
  let decoded = payload;
  for (const codec of client.options.loadedDataConverter.payloadCodecs.toReversed())
    decoded = (await codec.decode([decoded]))[0]!;
  return defaultPayloadConverter.fromPayload(decoded);
}
