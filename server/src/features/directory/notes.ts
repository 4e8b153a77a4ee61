import type { Static } from 'typebox'
import type { Deps } from '../../deps.ts'
import { iso, isoSeconds } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Account, AccountFacts } from '../../platform/db/schema.ts'
import { audit } from '../audit/audit.ts'
import type { NoteView } from './schema.ts'
import { insertNote, listNotes } from './store.ts'

const errors = defineErrors('accounts', {
  erased: [422, 'The person was erased'],
  own: [403, 'What is noted about you is for your colleagues'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'vault'>

const COLUMN = 'account_notes.text_sealed'
/** The latest are shown. */
const SHOWN = 200

/** Notes something about an account for one's colleagues; its owner never sees it, not even as one of them. */
export async function addNote(
  needs: Needs,
  author: AccountFacts,
  { id }: Pick<Account, 'id'>,
  text: string,
): Promise<void> {
  if (author.id === id) throw errors.own()
  await needs.db.transaction().execute(async (tx) => {
    const key = (await needs.vault.keysOf(tx, [id])).get(id)
    if (!key) throw errors.erased()
    const note_id = await insertNote(tx, {
      account_id: id,
      author_id: author.id,
      text_sealed: key.seal(COLUMN, id, text),
      created_at: iso(needs.clock.now()),
    })
    await audit(needs, tx, { action: 'note.added', account_id: id, details: { note_id } })
  })
}

/** What colleagues noted about an account, newest first. */
export async function notesOf(
  { db, vault }: Needs,
  reader: AccountFacts,
  { id }: Pick<Account, 'id'>,
): Promise<Static<typeof NoteView>[]> {
  if (reader.id === id) throw errors.own()
  const notes = await listNotes(db, id, SHOWN)
  if (notes.length === 0) return []
  const key = await vault.keyOf(db, id)
  return notes.map(({ author_uid: uid, author_email: email, ...note }) => ({
    id: note.id,
    text: key.open(COLUMN, id, note.text_sealed).toString(),
    author: uid === null || email === null ? null : { uid, email },
    created_at: isoSeconds(note.created_at),
  }))
}
