import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { AuditRecord } from '../../platform/db/schema.ts'

/** A record at its place in the chain. */
export type ChainedRecord = AuditRecord & { seq: number; previous_hash: string; hash: string }

/** The place and hash of a record. */
export interface Link {
  seq: number
  hash: string
}

/** What the first record follows. */
export const START: Link = { seq: 0, hash: '0'.repeat(64) }

/** The two parts of a record that can be erased, each on its own. */
export const PARTS = ['actor', 'subject'] as const
export type Part = (typeof PARTS)[number]

type ActorPart = Pick<AuditRecord, 'actor_id' | 'address' | 'user_agent'>
type SubjectPart = Pick<AuditRecord, 'account_id' | 'details'>

/** The erasable values of a record in their fixed order. */
export const valuesOf: Record<Part, (record: ActorPart & SubjectPart) => (string | number | null)[]> = {
  actor: ({ actor_id, address, user_agent }) => [actor_id, address, user_agent],
  subject: ({ account_id, details }) => [account_id, details],
}

/** 32 random bytes in hexadecimal. */
export const newSalt = (): string => randomBytes(32).toString('hex')

/** Binds to values without telling anything of them once the salt is gone: HMAC-SHA256 of their JSON, in hexadecimal. */
export const commitmentTo = (salt: string, values: readonly unknown[]): string =>
  createHmac('sha256', salt).update(JSON.stringify(values)).digest('hex')

type Hashed = Pick<
  AuditRecord,
  | 'id'
  | 'created_at'
  | 'action'
  | 'result'
  | 'code'
  | 'request_id'
  | 'actor_kind'
  | 'actor_commitment'
  | 'subject_commitment'
>

/** The hash of a record after another: SHA-256 of the JSON of both places and of all that is never erased, in hexadecimal. */
export function hashAfter(previous: Link, record: Hashed): string {
  const { id, created_at, action, result, code, request_id, actor_kind, actor_commitment, subject_commitment } = record
  const what = [id, created_at, action, result, code, request_id, actor_kind, actor_commitment, subject_commitment]
  return sha256(JSON.stringify([previous.seq + 1, previous.hash, ...what]))
}

/** SHA-256 in hexadecimal. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
