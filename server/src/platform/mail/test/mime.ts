/** The headers (lower-case names, unfolded) and the decoded text bodies by media type of a raw MIME message (RFC 2045, 2046). */
export interface ParsedMail {
  headers: Record<string, string>
  bodies: Record<string, string>
}

/** Reads what mails of ours consist of: at most one level of multipart, UTF-8, base64 or quoted-printable. */
export function parseMime(raw: string): ParsedMail {
  const { headers, body } = split(raw)
  const boundary = /boundary="?([^";]+)"?/.exec(headers['content-type'] ?? '')?.[1]
  const parts = boundary === undefined ? [{ headers, body }] : body.split(`--${boundary}`).slice(1, -1).map(split)
  const bodies = parts.map((part) => [mediaType(part.headers), decode(part.body, part.headers)])
  return { headers, bodies: Object.fromEntries(bodies) }
}

function split(raw: string): { headers: Record<string, string>; body: string } {
  const text = raw.replace(/^\r\n/, '')
  const end = text.indexOf('\r\n\r\n')
  const lines = text
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  const pairs = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ])
  return { headers: Object.fromEntries(pairs), body: text.slice(end + 4) }
}

const mediaType = (headers: Record<string, string>): string => headers['content-type']?.split(';')[0] ?? 'text/plain'

function decode(body: string, headers: Record<string, string>): string {
  const encoding = headers['content-transfer-encoding'] ?? '7bit'
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString()
  if (encoding !== 'quoted-printable') return body.trim()
  const bytes = body
    .trim()
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}
