import {expect, test} from 'vitest';
import {html} from '../../ui/html.ts';

test.for([
  ['a text', html`<p>${'<b>"\'&'}</p>`.text, '<p>&lt;b&gt;&quot;&#39;&amp;</p>'],
  ['a number and nothing', html`${0}${null}`.text, '0'],
  ['what a template made', html`${html`<b>${'<'}</b>`}`.text, '<b>&lt;</b>'],
  ['a list', html`${['<', html`<i></i>`, ['>']]}`.text, '&lt;<i></i>&gt;'],
] as const)('%s', ([, text, expected]) => {
  expect(text).toBe(expected);
});

test('what only looks like markup of a template is none', () => {
  expect(() => html`${JSON.parse('{"text":"<b>"}') as string}`).toThrow(TypeError);
});
