import { once } from 'node:events'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { SECOND } from '../../lib/clock.ts'
import type { Antivirus } from './antivirus.ts'

const PORT = 3310
/** Milliseconds for a whole file, of which the scanner takes most. */
const PATIENCE = 20 * SECOND
const END = Buffer.alloc(4)

/** A ClamAV daemon at `clamav://host:port`, or at the socket `clamav:///path` (clamd(8), commands). */
export function clamd(address: string): Antivirus {
  const target = targetOf(address)
  return {
    scan: async (content) => {
      const answer = await ask(target, 'INSTREAM', framed(content))
      const [, found] = /: (.+) FOUND$/.exec(answer) ?? []
      // Anything else, such as a file that is larger than it takes, was not looked through.
      if (found === undefined && !answer.endsWith(': OK')) throw new Error(`clamd answered: ${answer || 'nothing'}`)
      return found
    },
    version: () => ask(target, 'VERSION', nothing()),
  }
}

function targetOf(address: string): NetConnectOpts {
  const { hostname, port, pathname } = new URL(address)
  if (hostname === '') return { path: decodeURIComponent(pathname) }
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || PORT) }
}

/** Each part after its length in four bytes; none of length zero but the end. */
async function* framed(content: AsyncIterable<Uint8Array>) {
  for await (const part of content) {
    if (part.byteLength === 0) continue
    const length = Buffer.alloc(4)
    length.writeUInt32BE(part.byteLength)
    yield length
    yield part
  }
  yield END
}

async function* nothing() {}

/** Gives a command and what belongs to it, and reads the answer. It may come before all was sent, and end that. */
async function ask(target: NetConnectOpts, command: string, parts: AsyncIterable<Uint8Array>): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE)
  const socket = connect({ ...target, signal })
  try {
    const answer = text(socket)
    const sent = send(socket, command, parts, signal)
    const told = await Promise.race([answer, sent.then(() => answer)])
    return told.replace(/\0$/, '').trim()
  } catch (cause) {
    throw new Error(signal.aborted ? 'clamd did not answer in time' : 'clamd does not answer', { cause })
  } finally {
    socket.destroy()
  }
}

async function send(
  socket: Socket,
  command: string,
  parts: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  socket.write(`z${command}\0`)
  for await (const part of parts) if (!socket.write(part)) await once(socket, 'drain', { signal })
}
