import {ErrorType, RatchetError} from '../../../schemas/errors.ts';

export interface ImageData {
  readonly mediaType: string;
  readonly base64: string;
}

/** An image's bytes within its URL; null: an https address, which the vendor fetches. Throws InvalidInput for any other. */
export function dataUrl(url: string, where: string): ImageData | null {
  if (/^https:\/\//i.test(url)) return null;
  // The head alone: a pattern over all of an image takes time.
  const comma = url.indexOf(',');
  const head = /^data:(image\/[\w.+-]+);base64$/i.exec(url.slice(0, Math.min(Math.max(comma, 0), 100)));
  if (head === null) {
    throw new RatchetError(
      ErrorType.InvalidInput,
      `${where}.image_url.url: expected https:// or data:image/TYPE;base64,`,
    );
  }
  return {mediaType: head[1]!.toLowerCase(), base64: url.slice(comma + 1)};
}
