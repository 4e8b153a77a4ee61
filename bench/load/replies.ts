/** An answer as the generator sees it. */
export interface Reply {
  status: number
  body: string
}

const HEAD_END = Buffer.from('\r\n\r\n')
const CHUNKS_END = Buffer.from('0\r\n\r\n')

/** Cuts what arrives on one HTTP/1.1 connection into answers. Keep it lean: it runs on the machine that is measured. */
export function replyReader(onReply: (reply: Reply) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      const cut = firstReply(rest)
      if (!cut) return
      rest = rest.subarray(cut.end)
      onReply(cut.reply)
    }
  }
}

function firstReply(bytes: Buffer): { reply: Reply; end: number } | undefined {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd === -1) return undefined
  const head = bytes.toString('latin1', 0, headEnd)
  const start = headEnd + HEAD_END.length
  const status = Number(head.slice(9, 12))
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) {
    const end = start + Number(length)
    return bytes.length < end ? undefined : { reply: { status, body: bytes.toString('utf8', start, end) }, end }
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { reply: { status, body: '' }, end: start }
  const last = bytes.indexOf(CHUNKS_END, start)
  if (last === -1) return undefined
  return { reply: { status, body: unchunked(bytes.toString('utf8', start, last)) }, end: last + CHUNKS_END.length }
}

const unchunked = (text: string): string => text.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/gi, '').replace(/\r\n$/, '')
