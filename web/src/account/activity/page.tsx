import { Button, Skeleton, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { activitiesPage } from '../../api/account.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Tag } from '../../ui/tag.tsx'
import { AccountPage } from '../page-frame.tsx'
import { deviceOf } from '../sessions/device.ts'

const PAGE = 25

/** What happened to the account, newest first. */
export default function ActivityPage() {
  const { t, tAction, moment } = useI18n()
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['activities'],
    initialPageParam: undefined,
    queryFn: ({ pageParam, signal }: { pageParam: string | undefined; signal: AbortSignal }) =>
      activitiesPage(pageParam, signal),
    getNextPageParam: (page) => (page.length < PAGE ? undefined : String(page.at(-1)?.id)),
  })
  return (
    <AccountPage title={t('security.activity.title')} lead={t('activity.lead')} back="/account/security">
      <Refused error={error} />
      {!data && !error && <Skeleton height={400} />}
      {data && (
        <ul className="rows">
          {data.pages.flat().map(({ id, action, result, address, device, at }) => (
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
    </AccountPage>
  )
}
