import type {Entry, FormatReader} from './entry.ts';
import type {SourcePlace} from './place.ts';

/** A file with more bytes is no mail. */
const MAX_BYTES = 64 * 2 ** 20;

/** Files that hold one mail each, as raw bytes. */
export const mailFiles: FormatReader = {
  extensions: [],
  read: (place, file) => readMailFile(place, file),
  reread: (place, file) => readMailFile(place, file),
};

async function* readMailFile(place: SourcePlace, file: string): AsyncGenerator<Entry, void, undefined> {
  const bytes = await place.bytes(file, MAX_BYTES + 1);
  const position = {line: 1, offset: 0, length: bytes.length};
  if (bytes.length > MAX_BYTES)
    yield {...position, status: 'malformed', reason: `more than ${MAX_BYTES / 2 ** 20} MB`, bytes};
  else yield {...position, status: 'read', value: bytes, bytes};
}
