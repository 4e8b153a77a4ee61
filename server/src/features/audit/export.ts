import { createPublicKey } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { isObject } from '../../lib/json.ts'
import { algorithmOf } from '../../platform/crypto/jws.ts'
import type { Db } from '../../platform/db/db.ts'
import type { FindKey } from './checkpoints.ts'
import { readDatabase } from './reading.ts'
import type { LogItem } from './verification.ts'

const Text = Type.String()
const Place = Type.Integer()
const orNull = <T extends Type.TSchema>(type: T) => Type.Union([type, Type.Null()])

const Item = Type.Union([
  Type.Object({ checkpoint: Text }),
  Type.Object({
    record: Type.Object({
      id: Place,
      created_at: Text,
      action: Text,
      result: Type.Union([Type.Literal('ok'), Type.Literal('refused')]),
      code: orNull(Text),
      request_id: orNull(Text),
      actor_kind: Type.Union(
        (['person', 'administrator', 'signer', 'application', 'system', 'stranger'] as const).map((kind) =>
          Type.Literal(kind),
        ),
      ),
      actor_id: orNull(Text),
      address: orNull(Text),
      user_agent: orNull(Text),
      actor_salt: orNull(Text),
      actor_commitment: Text,
      account_id: orNull(Place),
      details: orNull(Text),
      subject_salt: orNull(Text),
      subject_commitment: Text,
      seq: Place,
      previous_hash: Text,
      hash: Text,
    }),
  }),
])
const item = Compile(Item)

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
  let number = 0
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    yield itemOf(line, number)
  }
}

function itemOf(line: string, number: number): LogItem {
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
