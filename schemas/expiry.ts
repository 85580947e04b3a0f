import {z} from 'zod';

/** ISO 8601 in UTC, with or without seconds: whatever a workflow takes (`isUtc`) can be recorded, too. */
export const Expiry = z.union([z.iso.datetime(), z.iso.datetime({precision: -1})]);
