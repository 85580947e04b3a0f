import {expect, it} from 'vitest';
import {Mapping} from '../../../stores/sources/mapping.ts';

const TEXT = {format: 'text' as const, fields: []};

it('the columns that rows are split by may be called otherwise in a source', () => {
  const source = {name: 'rows', fields: {speaker: 'who', sent: 'at'}};
  const mapping = new Mapping(source, TEXT, {group: 'speaker', time: 'sent'});
  expect(mapping.timeColumn).toBe('at');
  expect(mapping.required).toEqual(['text', 'who', 'at']);
  expect(mapping.map({text: 'hello', who: 'ann', at: '1970-01-01T00:00:01Z'})).toMatchObject({
    group: 'ann',
    time: 1000,
  });
});

it('columns that rows are split by and that a source does not mention are called as they are', () => {
  const mapping = new Mapping({name: 'rows'}, TEXT, {group: 'speaker', time: 'sent'});
  expect(mapping.required).toEqual(['text', 'speaker', 'sent']);
  expect(new Mapping({name: 'rows'}, TEXT).required).toEqual(['text']);
});
