import { normalForm } from '../../lib/normal-form.ts'

/** The distinct words of names as they are searched for: without case, accents and punctuation. */
export function nameWords(text: string): string[] {
  const plain = normalForm('NFKD', text)
    .replace(/[\p{M}'’\u200C\u200D]/gu, '')
    .toLowerCase()
  return [...new Set(plain.match(/[\p{L}\p{N}]+/gu) ?? [])]
}
