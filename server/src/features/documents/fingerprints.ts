import type { Db, Tx } from '../../platform/db/db.ts'
import { distance, type Fingerprint } from './pictures.ts'

/** Bits of 64. Another size or format of a picture differs by one or two; another picture, by ten and more. */
const ALIKE = 3
/** How many that share a part are compared; of papers that all look alike the latest are. */
const COMPARED = 500

/** Keeps what a picture looks like, in parts that find it again. */
export async function insertFingerprint(tx: Tx, document_id: number, fingerprint: Fingerprint): Promise<void> {
  await tx
    .insertInto('picture_fingerprints')
    .values(fingerprint.map((bits, part) => ({ document_id, part, bits })))
    .execute()
}

/**
 * Which other accounts handed in pictures that look alike: the document's id, and their uids. Those that
 * differ by fewer bits than there are parts that show something have at least one of these in common, by which they are found.
 */
export async function findSamePictures(db: Db, account_id: number): Promise<Map<number, string[]>> {
  const own = await fingerprintsOf(db, await documentsOf(db, account_id))
  if (own.size === 0) return new Map()
  const candidates = await db
    .selectFrom('picture_fingerprints as mine')
    .innerJoin('picture_fingerprints as theirs', (join) =>
      join
        .onRef('theirs.part', '=', 'mine.part')
        .onRef('theirs.bits', '=', 'mine.bits')
        // Blank parts are those of too many.
        .on('mine.bits', '!=', 0),
    )
    .innerJoin('documents', 'documents.id', 'theirs.document_id')
    .innerJoin('accounts', 'accounts.id', 'documents.account_id')
    .select(['documents.id', 'accounts.uid'])
    .distinct()
    .where('mine.document_id', 'in', [...own.keys()])
    .where('documents.account_id', '!=', account_id)
    .orderBy('documents.id', 'desc')
    .limit(COMPARED)
    .execute()
  const theirs = await fingerprintsOf(
    db,
    candidates.map(({ id }) => id),
  )
  const alike = (mine: Fingerprint) =>
    candidates.filter(({ id }) => {
      const other = theirs.get(id)
      return other && distance(mine, other) <= ALIKE
    })
  const uids = (mine: Fingerprint) => [...new Set(alike(mine).map(({ uid }) => uid))].sort()
  return new Map([...own].map(([id, fingerprint]) => [id, uids(fingerprint)]))
}

async function documentsOf(db: Db, account_id: number): Promise<number[]> {
  const rows = await db.selectFrom('documents').select('id').where('account_id', '=', account_id).execute()
  return rows.map(({ id }) => id)
}

async function fingerprintsOf(db: Db, documents: number[]): Promise<Map<number, Fingerprint>> {
  if (documents.length === 0) return new Map()
  const rows = await db
    .selectFrom('picture_fingerprints')
    .selectAll()
    .where('document_id', 'in', documents)
    .orderBy('part')
    .execute()
  return new Map(
    [...Map.groupBy(rows, ({ document_id }) => document_id)].map(([id, parts]) => {
      const [a = 0, b = 0, c = 0, d = 0] = parts.map(({ bits }) => bits)
      return [id, [a, b, c, d]]
    }),
  )
}
