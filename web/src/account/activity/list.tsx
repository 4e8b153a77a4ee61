import { Button, Skeleton, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { activitiesPage } from '../../api/account.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Tag } from '../../ui/tag.tsx'
import { deviceOf } from '../sessions/device.ts'

const PAGE = 25

/** What happened, newest first, a page at a time. */
export function ActivityList({ topic, none }: { topic?: 'security'; none: string }) {
  const { t, tAction, moment } = useI18n()
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['activities', topic],
    initialPageParam: undefined,
    queryFn: ({ pageParam, signal }: { pageParam: string | undefined; signal: AbortSignal }) =>
      activitiesPage(topic, pageParam, signal),
    getNextPageParam: (page) => (page.length < PAGE ? undefined : String(page.at(-1)?.id)),
  })
  const activities = data?.pages.flat()
  return (
    <>
      <Refused error={error} />
      {!activities && !error && <Skeleton height={400} />}
      {activities?.length === 0 && <Text c="dimmed">{none}</Text>}
      {activities && activities.length > 0 && (
        <ul className="rows">
          {activities.map(({ id, action, result, by, address, device, at }) => (
            <li key={id} className="row">
              <span>
                <Text fw={600} component="span" display="block">
                  {tAction(action)} {result === 'refused' && <Tag tone="bad">{t('activity.refused')}</Tag>}
                </Text>
                <Text size="sm" c="dimmed" component="span" display="block">
                  <time dateTime={at}>{moment(at)}</time>
                  {device && ` · ${deviceOf(device)}`}
                  {address && (
                    <>
                      {' · '}
                      <bdi>{address}</bdi>
                    </>
                  )}
                  {(by === 'signer' || by === 'administrator') && ` · ${t('activity.byService')}`}
                </Text>
              </span>
            </li>
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
          {t('activity.more')}
        </Button>
      )}
    </>
  )
}
