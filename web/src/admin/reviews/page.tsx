import { Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { type QueuedReview, queueCountsQuery, queueQuery } from '../../api/reviews.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { useAddress } from '../parts/address.ts'
import { useKeys } from '../parts/keys.ts'
import { Ago } from '../parts/moment.tsx'
import { ConsolePage } from '../parts/page.tsx'
import { ReviewCase } from './case.tsx'
import { filtersIn, QueueFilters } from './filters.tsx'

/** The review desk: who waits, what they handed in, and the decision. */
export default function ReviewsPage() {
  const { t } = useI18n()
  const { path, params, change } = useAddress()
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    queueQuery(filtersIn(params)),
  )
  const isFiltered = Object.keys(filtersIn(params)).length > 0
  const { data: counts } = useQuery(queueCountsQuery)
  const queue = data?.pages.flat()
  const named = Number(params.get('case')) || undefined
  const first = queue?.[0]?.id
  const chosen = named ?? first
  // Who is on the desk stays there, whoever is the first of the queue by then.
  useEffect(() => {
    if (path === '/admin/reviews' && named === undefined && first !== undefined)
      change({ case: String(first) }, 'replace')
  })
  const open = (id: number | undefined) => change({ case: String(id ?? '') })
  const step = (by: number) => {
    const place = queue?.findIndex(({ id }) => id === chosen) ?? -1
    const next = queue?.[place + by]
    if (next) open(next.id)
  }
  useKeys({ j: () => step(1), k: () => step(-1) })
  return (
    <ConsolePage title={t('console.reviews')} actions={<QueueFilters />}>
      <Refused error={error} />
      {counts && (
        <Group gap={24} mb={12}>
          <Text size="sm">{t('console.review.open', { count: counts.open })}</Text>
          <Text size="sm">{t('console.review.overAnHour', { count: counts.over_an_hour })}</Text>
          <Text size="sm">{t('console.review.overADay', { count: counts.over_a_day })}</Text>
        </Group>
      )}
      {!queue && !error && <Skeleton height={480} />}
      {queue && (
        <div className="desk">
          <Stack gap={8}>
            <Queue queue={queue} chosen={chosen} open={open} />
            {hasNextPage && (
              <Button size="xs" variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
                {t('console.more')}
              </Button>
            )}
          </Stack>
          {chosen === undefined ? (
            <p className="empty">{t(isFiltered ? 'console.reviews.noneFits' : 'console.reviews.none')}</p>
          ) : (
            <ReviewCase key={chosen} id={chosen} onDecided={() => open(queue.find(({ id }) => id !== chosen)?.id)} />
          )}
        </div>
      )}
    </ConsolePage>
  )
}

interface QueueProps {
  queue: readonly QueuedReview[]
  chosen: number | undefined
  open: (id: number) => void
}

function Queue({ queue, chosen, open }: QueueProps) {
  const { t } = useI18n()
  return (
    <ol className="queue" aria-label={t('console.review.queue')}>
      {queue.map(({ id, account, opened_at, attempt, level_sought, country, claim }) => (
        <li key={id}>
          <button type="button" aria-current={id === chosen || undefined} onClick={() => open(id)}>
            <bdi>{account.email}</bdi>
            <span>
              <Ago at={opened_at} /> · {t('home.level', { level: level_sought })} · {country ?? '–'}
              {attempt > 1 && ` · ${t('console.review.attempt', { count: attempt })}`}
            </span>
            {claim && (
              <span>
                {claim.mine
                  ? t('console.review.mine')
                  : t('console.review.heldBy', { email: claim.officer?.email ?? '' })}
              </span>
            )}
          </button>
        </li>
      ))}
    </ol>
  )
}
