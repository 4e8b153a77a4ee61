import { Button, Skeleton } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { usedLabelsQuery } from '../../api/levels.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Tag } from '../../ui/tag.tsx'
import { addressOf } from '../parts/address.ts'
import { ConsoleLink } from '../parts/link.tsx'
import { ItemTable } from '../parts/table.tsx'

/** Which labels accounts have, and how many; each leads to the accounts that have it. */
export function LabelsInUse() {
  const { t, language } = useI18n()
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(usedLabelsQuery)
  if (!data) return error ? <Refused error={error} /> : <Skeleton height={180} />
  return (
    <>
      <Refused error={error} />
      <ItemTable
        items={data.pages.flatMap(({ items }) => items)}
        keyOf={({ scope, key, value }) => `${scope} ${key} ${value}`}
        none={t('console.labels.none')}
        columns={[
          {
            name: t('console.label.label'),
            show: ({ scope, key, value }) => (
              <ConsoleLink to={addressOf('/admin/accounts', { label: `${key}:${value}`, label_scope: scope })}>
                <code>
                  {key}:{value}
                </code>
              </ConsoleLink>
            ),
          },
          {
            name: t('console.scope'),
            show: ({ scope }) => (
              <Tag tone={scope === 'private' ? 'good' : 'quiet'}>
                {t(scope === 'private' ? 'console.scope.private' : 'console.scope.public')}
              </Tag>
            ),
          },
          {
            name: t('console.accounts'),
            show: ({ count, or_more }) => `${count.toLocaleString(language)}${or_more ? '+' : ''}`,
          },
        ]}
      />
      {hasNextPage && (
        <Button
          variant="default"
          size="xs"
          className="start"
          loading={isFetchingNextPage}
          onClick={() => fetchNextPage()}
        >
          {t('console.more')}
        </Button>
      )}
    </>
  )
}
