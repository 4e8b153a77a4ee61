import { createHash } from 'node:crypto'
import type { Static } from 'typebox'
import type { Deps } from '../../deps.ts'
import { isoSeconds } from '../../lib/clock.ts'
import type { Db } from '../../platform/db/db.ts'
import { listDocuments, openFile } from '../documents/documents.ts'
import { profileOf } from '../profiles/profiles.ts'
import type { SeenDocument, SeenProfile } from './schema.ts'

type Needs = Pick<Deps, 'db' | 'ring' | 'vault' | 'blobs'>

const PURPOSE = 'review seen'

/** What an officer has before their eyes. */
export interface Seen {
  profile: Static<typeof SeenProfile> | null
  documents: Static<typeof SeenDocument>[]
}

/** What there is to see of a person at this moment. */
export async function look(needs: Omit<Needs, 'db'>, db: Db, account_id: number): Promise<Seen> {
  const profile = await profileOf({ ...needs, db }, { id: account_id })
  const documents = await listDocuments(db, needs.vault, account_id)
  return {
    profile: profile
      ? {
          first_name: profile.first_name,
          last_name: profile.last_name,
          dob: profile.dob,
          address: profile.address,
          postcode: profile.postcode,
          city: profile.city,
          country: profile.country,
        }
      : null,
    documents: documents.map(({ id, doc_type, doc_number, doc_expire, content_type, size, created_at }) => ({
      id,
      doc_type,
      doc_number,
      doc_expire,
      content_type,
      size,
      created_at: isoSeconds(created_at),
    })),
  }
}

/** Names a state: whoever decides on another one than they saw is told. */
export const nameOf = ({ ring }: Pick<Deps, 'ring'>, seen: Seen): string => ring.digest(PURPOSE, JSON.stringify(seen))

/** Whether it is the name of that state. */
export const isNameOf = ({ ring }: Pick<Deps, 'ring'>, seen: Seen, name: string): boolean =>
  ring.recognises(PURPOSE, JSON.stringify(seen), name)

/** SHA-256 of the files of an account's documents, by their ids. */
export async function fileDigests(needs: Needs, account_id: number): Promise<Map<number, string>> {
  const digests = new Map<number, string>()
  for (const document of await listDocuments(needs.db, needs.vault, account_id)) {
    const hash = createHash('sha256')
    for await (const chunk of await openFile(needs, document)) hash.update(chunk)
    digests.set(document.id, hash.digest('hex'))
  }
  return digests
}
