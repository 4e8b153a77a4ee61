import { Alert, Button, Group, Skeleton, Tabs, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { documentViewQuery, type Review } from '../../api/reviews.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { useObjectUrl } from '../../ui/object-url.ts'
import { ConsoleLink } from '../parts/link.tsx'
import { useKeys } from './keys.ts'

type ReviewedDocument = Review['documents'][number]

/** The documents of a case, large; they are opened only by whoever holds it. */
export function DocumentViewer({
  documents,
  isClaimed,
}: {
  documents: readonly ReviewedDocument[]
  isClaimed: boolean
}) {
  const { t } = useI18n()
  const [first] = documents
  const [chosen, setChosen] = useState(String(first?.id ?? ''))
  const document = documents.find(({ id }) => String(id) === chosen)
  return (
    <section className="viewer" aria-label={t('console.documents')}>
      {documents.length === 0 && <Text c="dimmed">{t('console.none')}</Text>}
      {documents.length > 0 && (
        <Tabs value={chosen} onChange={(value) => setChosen(value ?? '')}>
          <Tabs.List>
            {documents.map(({ id, doc_type, new: isNew }) => (
              <Tabs.Tab key={id} value={String(id)}>
                {doc_type} {isNew && `· ${t('console.document.new')}`}
              </Tabs.Tab>
            ))}
          </Tabs.List>
        </Tabs>
      )}
      {document && (
        <>
          <Text size="sm" mt={8}>
            <bdi>{document.doc_number}</bdi> · {t('console.expires', { date: document.doc_expire })}
          </Text>
          <Elsewhere says={t('console.document.sameNumber')} uids={document.same_number} />
          <Elsewhere says={t('console.document.samePicture')} uids={document.same_picture} />
          {isClaimed ? <View key={document.id} document={document} /> : <p>{t('console.review.claimToSee')}</p>}
        </>
      )}
    </section>
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

function View({ document: { id, doc_type } }: { document: ReviewedDocument }) {
  const { t } = useI18n()
  const { data: view, error } = useQuery(documentViewQuery(id))
  const url = useObjectUrl(view?.blob)
  const [turns, setTurns] = useState(0)
  const [zoom, setZoom] = useState(1)
  const turn = () => setTurns((turns + 1) % 4)
  const enlarge = () => setZoom(zoom >= 4 ? 1 : zoom * 2)
  useKeys({ z: enlarge, t: turn })
  if (error) return <Refused error={error} />
  if (!view || !url) return <Skeleton height={420} mt={8} />
  if (!view.content_type.startsWith('image/')) return <Pdf url={url} watermark={view.watermark} />
  return (
    <>
      <Group gap={8} my={8}>
        <Button size="compact-xs" variant="default" onClick={enlarge}>
          {t('console.document.zoom', { percent: zoom * 100 })}
        </Button>
        <Button size="compact-xs" variant="default" onClick={turn}>
          {t('console.document.turn')}
        </Button>
      </Group>
      <div className="sheet" data-turns={turns} data-zoom={zoom}>
        <button type="button" className="zoomer" onClick={enlarge}>
          <img src={url} alt={t('console.document.alt', { type: doc_type })} />
        </button>
      </div>
    </>
  )
}

/** Rows of the watermark that cover a page of any size. */
const MARKS = Array.from({ length: 14 }, (_, row) => row)

/** A PDF in the browser's own viewer, under the officer's watermark. */
function Pdf({ url, watermark }: { url: string; watermark: string }) {
  const { t } = useI18n()
  return (
    <>
      <p>
        <a href={url} target="_blank" rel="noreferrer">
          {t('console.document.open')}
        </a>
      </p>
      <div className="sheet pdf">
        <iframe src={url} title={t('console.document.pdf')} />
        <div className="pdf-marks" aria-hidden="true">
          {MARKS.map((row) => (
            <span key={row}>{`${watermark}   `.repeat(6)}</span>
          ))}
        </div>
      </div>
    </>
  )
}
