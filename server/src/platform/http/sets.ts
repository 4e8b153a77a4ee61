import { Type } from 'typebox'

interface Documentation {
  description?: string
}

// What answers say: they are written as any other text, whatever stands in the database.

/** A text that is one of these, as long as the API has its version. Programs that are generated from the document have an enum. */
export const closedSet = (title: string, values: readonly string[], documentation: Documentation = {}) =>
  Type.Unsafe<string>({ type: 'string', title, enum: [...values], ...documentation })

/** A text that is one of these today; a later release may know more, so whoever reads it must bear others. */
export const openSet = (title: string, values: readonly string[], documentation: Documentation = {}) =>
  Type.Unsafe<string>({ type: 'string', title, 'x-extensible-enum': [...values], ...documentation })

/** The same, or null. */
export const openSetOrNull = (values: readonly string[], documentation: Documentation = {}) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], 'x-extensible-enum': [...values], ...documentation })
