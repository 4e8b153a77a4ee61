import { createPublicKey } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isObject } from '../../lib/json.ts'
import { algorithmOf } from '../../platform/crypto/jws.ts'
import type { Db } from '../../platform/db/db.ts'
import type { FindKey } from './checkpoints.ts'
import type { logItem } from './log-item.ts'
import { readDatabase } from './reading.ts'
import type { LogItem } from './verification.ts'

/** Writes the chained log of a database into a file, one JSON object a line: `{"record": …}` or `{"checkpoint": "<JWS>"}`. */
export async function exportLog(db: Db, file: string): Promise<void> {
  // Only its owner may read it: it says who did what from where.
  await pipeline(Readable.from(linesOf(db)), createWriteStream(file, { mode: 0o600, flush: true }))
}

async function* linesOf(db: Db): AsyncGenerator<string> {
  for await (const item of readDatabase(db)) yield `${JSON.stringify(item)}\n`
}

/** The log that such a file holds, a line at a time. */
export async function* readExport(file: string): AsyncGenerator<LogItem> {
  const { logItem } = await import('./log-item.ts')
  let number = 0
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    yield itemOf(logItem, line, number)
  }
}

function itemOf(item: typeof logItem, line: string, number: number): LogItem {
  try {
    const value: unknown = JSON.parse(line)
    if (item.Check(value)) return value
  } catch {
    return { unreadable: `line ${number} is no JSON` }
  }
  return { unreadable: `line ${number} is neither a record nor a checkpoint` }
}

/** Finds keys in the text of a JWK Set (RFC 7517), such as the server publishes. */
export function keysOf(text: string): FindKey {
  const set: unknown = JSON.parse(text)
  const jwks: unknown = isObject(set) ? set['keys'] : undefined
  if (!Array.isArray(jwks)) throw new Error('The file of keys holds no JWK Set.')
  const keys = new Map<string, ReturnType<FindKey>>()
  for (const jwk of jwks) {
    const public_key = createPublicKey({ key: jwk, format: 'jwk' })
    const algorithm = algorithmOf(public_key)
    if (algorithm) keys.set(String(jwk['kid']), { algorithm, public_key })
  }
  return (kid) => keys.get(kid)
}
