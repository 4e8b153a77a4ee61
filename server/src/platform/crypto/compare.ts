import { timingSafeEqual } from 'node:crypto'

/** Compares two texts in a time that tells nothing of where they differ. Their lengths may show. */
export function equalSecrets(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
