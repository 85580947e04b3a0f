import {expect, test} from 'vitest';
import {dataUrl} from '../../../../serving/clients/providers/data-url.ts';

test('an image within its URL, and one that the vendor fetches', () => {
  expect(dataUrl('data:image/PNG;base64,iVBO', 'm')).toEqual({mediaType: 'image/png', base64: 'iVBO'});
  expect(dataUrl('HTTPS://example.com/a,b.png', 'm')).toBeNull();
});

test.each([
  'http://example.com/a.png',
  'file:///etc/passwd',
  'data:text/html;base64,PGI+',
  'data:image/png,raw',
  'data:image/svg+xml;charset=utf-8;base64,PHN2',
  `data:image/${'x'.repeat(100_000)}`,
  '',
])('nothing else: %.40s', (url) => {
  expect(() => dataUrl(url, 'messages.0.content.1')).toThrow(
    'messages.0.content.1.image_url.url: expected https:// or data:image/TYPE;base64,',
  );
});
