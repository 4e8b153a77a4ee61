const ESCAPES = /\\(\\|u003c|u003e|u0026|u2028|u2029)/gi

/**
 * A payload segment with `<`, `>`, `&`, U+2028 and U+2029 spelled out. Ruby on Rails escapes them in JSON; the Ruby
 * library of Barong 1.8.26's clients sends its payload in that form and signs this one. Both say the same.
 */
export function plainPayload(payload: string): string {
  const json = Buffer.from(payload, 'base64url').toString()
  const plain = json.replace(ESCAPES, (match, code: string) =>
    code === '\\' ? match : String.fromCharCode(Number.parseInt(code.slice(1), 16)),
  )
  return plain === json ? payload : Buffer.from(plain).toString('base64url')
}
