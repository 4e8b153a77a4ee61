import fc from 'fast-check'

const SURROGATES = { first: 0xd800, count: 0x800 }

/** Any character of Unicode, control characters and those nobody assigned among them. */
const character = fc.integer({ min: 0, max: 0x10_ffff - SURROGATES.count }).map(
  (index) => String.fromCodePoint(index < SURROGATES.first ? index : index + SURROGATES.count),
  (value) => {
    const code = typeof value === 'string' ? value.codePointAt(0) : undefined
    if (code === undefined || value !== String.fromCodePoint(code) || !value.isWellFormed())
      throw new TypeError('It is no character.')
    return code < SURROGATES.first ? code : code - SURROGATES.count
  },
)

/** Any text; as `fc.string({ unit: 'binary' })`, which makes a list of all characters first and takes two seconds for it. */
export const anyText = (bounds: { maxLength?: number } = {}): fc.Arbitrary<string> =>
  fc.string({ unit: character, ...bounds })
