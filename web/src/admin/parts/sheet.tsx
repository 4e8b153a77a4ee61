import { Button, Group, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { documentPageQuery } from '../../api/reviews.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { useObjectUrl } from '../../ui/object-url.ts'
import { useKeys } from './keys.ts'

/** A document page by page, to be enlarged and turned. */
export function Sheet({ document: { id, doc_type } }: { document: { id: number; doc_type: string } }) {
  const { t } = useI18n()
  const [page, setPage] = useState(1)
  const [turns, setTurns] = useState(0)
  const [zoom, setZoom] = useState(1)
  const { data, error } = useQuery(documentPageQuery(id, page))
  const [pages, setPages] = useState(1)
  if (data && data.pages !== pages) setPages(data.pages)
  const url = useObjectUrl(data?.blob)
  /** Width by height, which a quarter turn swaps. */
  const [shape, setShape] = useState(1.5)
  const lies = turns % 2 === 1
  const turn = () => setTurns((turns + 1) % 4)
  const enlarge = () => setZoom(zoom >= 4 ? 1 : zoom * 2)
  useKeys({ z: enlarge, t: turn })
  return (
    <div>
      <Group gap={8} my={8}>
        <Button size="compact-xs" variant="default" onClick={enlarge} aria-keyshortcuts="z">
          {t('console.document.zoom', { percent: zoom * 100 })}
        </Button>
        <Button size="compact-xs" variant="default" onClick={turn} aria-keyshortcuts="t">
          {t('console.document.turn')}
        </Button>
        {pages > 1 && <Pages page={page} pages={pages} onTurn={setPage} />}
      </Group>
      <Refused error={error} />
      {!url && !error && <Skeleton height={420} />}
      {url && (
        <div className="sheet" data-turns={turns} data-zoom={zoom}>
          <button type="button" className="zoomer" onClick={enlarge} style={{ aspectRatio: lies ? 1 / shape : shape }}>
            <img
              src={url}
              alt={t('console.document.alt', { type: doc_type })}
              style={{ inlineSize: lies ? `${100 * shape}%` : '100%' }}
              onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => setShape(naturalWidth / naturalHeight)}
            />
          </button>
        </div>
      )}
    </div>
  )
}

interface PagesProps {
  page: number
  pages: number
  onTurn: (page: number) => void
}

function Pages({ page, pages, onTurn }: PagesProps) {
  const { t } = useI18n()
  return (
    <>
      <Button size="compact-xs" variant="default" disabled={page === 1} onClick={() => onTurn(page - 1)}>
        {t('console.document.pageBefore')}
      </Button>
      <Text size="sm" aria-live="polite">
        {t('console.document.page', { page, pages })}
      </Text>
      <Button size="compact-xs" variant="default" disabled={page >= pages} onClick={() => onTurn(page + 1)}>
        {t('console.document.pageAfter')}
      </Button>
    </>
  )
}
