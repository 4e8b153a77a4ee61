/**
 * Whether both databases can hold and compare with a value and all that stands in it: no text with U+0000 or half of a
 * surrogate pair, no number beyond those that are exact.
 */
export function isStorable(outermost: unknown): boolean {
  const left = [outermost]
  while (left.length > 0) {
    const value = left.pop()
    if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) return false
    if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) return false
    if (typeof value !== 'object' || value === null) continue
    // One by one: a call takes fewer arguments than a body has members.
    for (const [key, member] of Object.entries(value)) left.push(key, member)
  }
  return true
}
