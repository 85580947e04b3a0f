import type {Source} from '../../schemas/project.ts';
import {csv} from './csv.ts';
import type {FormatReader} from './entry.ts';
import {json} from './json.ts';
import {jsonl} from './jsonl.ts';
import {mailFiles} from './mail-files.ts';
import {parquet} from './parquet.ts';

export const READERS: Readonly<Record<Source['format'], FormatReader>> = {
  mail: mailFiles,
  jsonl,
  json,
  csv,
  parquet,
};
