/** Any value that JSON can carry (RFC 8259). */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Narrows to a plain object: not null, not an array. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
