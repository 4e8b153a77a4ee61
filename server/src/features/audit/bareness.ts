import { type ChainedRecord, commitmentTo, PARTS, type Part, valuesOf } from './chain.ts'
import { erasedPlaces } from './erasure.ts'

/** Judges the erasable parts of records, and keeps in mind which are bare until a record of an erasure tells why. */
export interface Bareness {
  /** What is wrong with the parts of the next record, if anything. */
  take(record: ChainedRecord): string | undefined
  /** The first part that is bare although no erasure told so. */
  firstUnexplained(): { seq: number; part: Part } | undefined
}

export function createBareness(): Bareness {
  const places: Record<Part, Set<number>> = { actor: new Set(), subject: new Set() }
  const faultOf = (record: ChainedRecord, part: Part): string | undefined => {
    const salt = record[`${part}_salt`]
    const values = valuesOf[part](record)
    if (salt !== null && commitmentTo(salt, values) === record[`${part}_commitment`]) return undefined
    if (salt !== null || values.some((value) => value !== null)) return `its ${part} was changed`
    places[part].add(record.seq)
    return undefined
  }
  return {
    take: (record) => {
      const fault = PARTS.map((part) => faultOf(record, part)).find((found) => found !== undefined)
      if (fault !== undefined || record.action !== 'audit.erased') return fault
      const erased = erasedPlaces(record)
      if (!erased) return 'it does not tell what was erased'
      for (const part of PARTS) for (const seq of erased[part]) places[part].delete(seq)
      return undefined
    },
    firstUnexplained: () => {
      let first: { seq: number; part: Part } | undefined
      for (const part of PARTS) {
        // Places are added in the order of the chain.
        const [seq] = places[part]
        if (seq !== undefined && (!first || seq < first.seq)) first = { seq, part }
      }
      return first
    },
  }
}
