import {describe, expect, it} from 'vitest';
import {withoutTextBehindBase64} from '../../../core/curation/base64-parts.ts';

const FIELD = 'Content-Transfer-Encoding: base64';
const kept = (text: string): string => Buffer.from(withoutTextBehindBase64(Buffer.from(text))).toString();
const inParts = (...parts: string[]): string =>
  `Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n${parts.map((part) => `--b\n${part}\n`).join('')}--b--\n`;

describe('text behind the data of a base64 part', () => {
  it('goes, in a message of one part and of several', () => {
    expect(kept(`${FIELD}\n\nQUJD\n-- \nthe list\n`)).toBe(`${FIELD}\n\nQUJD\n`);
    expect(kept(`${FIELD}\n\nQUI=\nQUJD\n`)).toBe(`${FIELD}\n\nQUI=\n`);
    expect(kept(inParts(`${FIELD}\n\nQUJD\nthe list`, 'X: y\n\nthe text'))).toBe(
      inParts(`${FIELD}\n\nQUJD`, 'X: y\n\nthe text'),
    );
  });

  it.each([
    ['there is none', inParts(`${FIELD}\n\nQUJD`)],
    ['no part is base64', inParts('X: y\n\nQUJD\nthe text')],
    ['a text without a header quotes such a part', inParts(`\n${FIELD}\n\nQUJD\nand so on`)],
    ['there is no data before it', inParts(`${FIELD}\n\nno data at all\nQUJD`)],
  ])('stays where %s', (_, mail) => {
    expect(kept(mail)).toBe(mail);
  });
});
