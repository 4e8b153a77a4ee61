import { Alert, Group, NativeSelect, Tabs, Text } from '@mantine/core'
import { useState } from 'react'
import type { Review } from '../../api/reviews.ts'
import { useDocumentType } from '../../i18n/documents.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { useKeys } from '../parts/keys.ts'
import { ConsoleLink } from '../parts/link.tsx'
import { Ago } from '../parts/moment.tsx'
import { Sheet } from '../parts/sheet.tsx'

type ReviewedDocument = Review['documents'][number]

interface Props {
  documents: readonly ReviewedDocument[]
  isClaimed: boolean
}

/** The documents of a case, large, one or two of them beside each other; they are opened only by whoever holds it. */
export function DocumentViewer({ documents, isClaimed }: Props) {
  const { t } = useI18n()
  const choiceOf = useChoice()
  const nameOf = useDocumentType()
  const first = documents.find((document) => document.new) ?? documents[0]
  const [chosen, setChosen] = useState(first?.id)
  const [besides, setBesides] = useState<number>()
  const document = documents.find(({ id }) => id === chosen)
  const beside = documents.find(({ id }) => id === besides && id !== chosen)
  const others = documents.filter(({ id }) => id !== chosen)
  useKeys({ s: () => setBesides(beside ? undefined : counterpartOf(document, others)?.id) })
  return (
    <section className="viewer" aria-label={t('console.documents')}>
      {!document && <Text c="dimmed">{t('console.none')}</Text>}
      {document && (
        <>
          <Group justify="space-between" align="end" gap={12}>
            <Tabs value={String(chosen)} onChange={(value) => setChosen(Number(value))}>
              <Tabs.List>
                {documents.map(({ id, doc_type, new: isNew }) => (
                  <Tabs.Tab key={id} value={String(id)}>
                    {nameOf(doc_type)} {isNew && `· ${t('console.document.new')}`}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
            </Tabs>
            {others.length > 0 && (
              <NativeSelect
                size="xs"
                label={t('console.document.beside')}
                aria-keyshortcuts="s"
                value={String(beside?.id ?? '')}
                onChange={({ currentTarget }) => setBesides(Number(currentTarget.value))}
                data={[{ value: '', label: t('console.document.besideNothing') }, ...others.map(choiceOf)]}
              />
            )}
          </Group>
          <div className={beside ? 'sheets' : undefined}>
            <Shown key={document.id} document={document} isClaimed={isClaimed} />
            {beside && <Shown key={beside.id} document={beside} isClaimed={isClaimed} />}
          </div>
        </>
      )}
    </section>
  )
}

/** What one wants to see beside a document: an earlier one of its kind, or else an earlier one. */
function counterpartOf(
  document: ReviewedDocument | undefined,
  others: readonly ReviewedDocument[],
): ReviewedDocument | undefined {
  const ofKind = others.filter(({ doc_type }) => doc_type === document?.doc_type)
  return ofKind.find((each) => !each.new) ?? ofKind[0] ?? others.find((each) => !each.new) ?? others[0]
}

/** A document as a line of a list: what it is, and when it was handed in. */
function useChoice() {
  const { moment } = useI18n()
  const nameOf = useDocumentType()
  return ({ id, doc_type, created_at }: ReviewedDocument) => ({
    value: String(id),
    label: `${nameOf(doc_type)} · ${moment(created_at)}`,
  })
}

function Shown({ document, isClaimed }: { document: ReviewedDocument; isClaimed: boolean }) {
  const { t } = useI18n()
  return (
    <div>
      <Text size="sm" mt={8}>
        <bdi>{document.doc_number}</bdi> · {t('console.expires', { date: document.doc_expire })} ·{' '}
        {t('console.document.handedIn')} <Ago at={document.created_at} />
      </Text>
      <Elsewhere says={t('console.document.sameNumber')} uids={document.same_number} />
      <Elsewhere says={t('console.document.samePicture')} uids={document.same_picture} />
      {isClaimed ? <Sheet document={document} /> : <p>{t('console.review.claimToSee')}</p>}
    </div>
  )
}

/** Who else handed the same in; a sign of a second account, or of somebody else's papers. */
function Elsewhere({ says, uids }: { says: string; uids: readonly string[] }) {
  if (uids.length === 0) return null
  return (
    <Alert color="orange" mt={8} p={8}>
      {says}{' '}
      {uids.map((uid, index) => (
        <span key={uid}>
          {index > 0 && ', '}
          <ConsoleLink to={`/admin/accounts/${uid}`}>{uid}</ConsoleLink>
        </span>
      ))}
    </Alert>
  )
}
