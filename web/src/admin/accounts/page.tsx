import { Button, Drawer, Group, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import {
  type AccountPage,
  accountsQuery,
  type AccountFilters as Filters,
  hasSecondFactor,
} from '../../api/directory.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { useAddress } from '../parts/address.ts'
import { ConsoleLink } from '../parts/link.tsx'
import { Ago } from '../parts/moment.tsx'
import { ConsolePage } from '../parts/page.tsx'
import { ItemTable } from '../parts/table.tsx'
import { AccountSummary } from './detail/summary.tsx'
import { AccountFilters } from './filters.tsx'
import { StateBadges } from './state-badges.tsx'

/** Everybody who has an account, found by what is known of them. */
export default function AccountsPage() {
  const { t } = useI18n()
  const { params, change } = useAddress()
  const { data: page, error, isFetching } = useQuery(accountsQuery(filtersIn(params)))
  const [opened, setOpened] = useState<string>()
  return (
    <ConsolePage title={t('console.accounts')}>
      <AccountFilters />
      <Refused error={error} />
      {!page && !error && <Skeleton height={400} />}
      {page && (
        <>
          <AccountTable page={page} opened={opened} open={setOpened} />
          <Group mt={12} gap={8}>
            <Button
              size="xs"
              variant="default"
              disabled={page.previous === null}
              onClick={() => change({ cursor: page.previous ?? '' })}
            >
              {t('console.previous')}
            </Button>
            <Button
              size="xs"
              variant="default"
              disabled={page.next === null}
              loading={isFetching}
              onClick={() => change({ cursor: page.next ?? '' })}
            >
              {t('console.next')}
            </Button>
          </Group>
        </>
      )}
      <Drawer
        opened={opened !== undefined}
        onClose={() => setOpened(undefined)}
        lockScroll={false}
        position="right"
        size="lg"
        title={t('console.account')}
        closeButtonProps={{ 'aria-label': t('console.close') }}
      >
        {opened !== undefined && (
          <>
            <AccountSummary uid={opened} />
            <ConsoleLink to={`/admin/accounts/${opened}`}>{t('console.account.open')}</ConsoleLink>
          </>
        )}
      </Drawer>
    </ConsolePage>
  )
}

interface TableProps {
  page: AccountPage
  opened: string | undefined
  open: (uid: string) => void
}

function AccountTable({ page: { items, next, previous }, opened, open }: TableProps) {
  const { t } = useI18n()
  // A page looks at so many accounts and no more, so that an empty one need not be the last.
  const none =
    next !== null
      ? 'console.accounts.noneSoFar'
      : previous !== null
        ? 'console.accounts.noMore'
        : 'console.accounts.none'
  return (
    <ItemTable
      items={items}
      keyOf={({ uid }) => uid}
      none={t(none)}
      isOpen={({ uid }) => uid === opened}
      columns={[
        {
          name: t('console.filter.email'),
          show: ({ uid, email }) => (
            <button type="button" className="row-link" onClick={() => open(uid)}>
              <bdi>{email}</bdi>
            </button>
          ),
        },
        {
          name: t('console.filter.uid'),
          show: ({ uid }) => <ConsoleLink to={`/admin/accounts/${uid}`}>{uid}</ConsoleLink>,
        },
        { name: t('console.filter.level'), show: ({ level }) => level },
        { name: t('console.filter.state'), show: (account) => <StateBadges account={account} /> },
        { name: t('console.filter.role'), show: ({ role }) => role },
        {
          name: t('console.secondFactor'),
          show: (account) => (hasSecondFactor(account) ? t('console.yes') : t('console.no')),
        },
        {
          name: t('console.labels'),
          show: ({ labels }) => <bdi>{labels.map(({ key, value }) => `${key}:${value}`).join(', ')}</bdi>,
        },
        { name: t('console.created'), show: ({ created_at }) => <Ago at={created_at} /> },
      ]}
    />
  )
}

const STATES = ['pending', 'active', 'banned', 'locked', 'frozen', 'discarded'] as const

const TEXTS = [
  'email',
  'name',
  'uid',
  'phone',
  'label',
  'role',
  'country',
  'created_from',
  'created_to',
  'cursor',
] as const

/** The filters of an address; what is no filter of ours is left out. */
function filtersIn(params: URLSearchParams): Filters {
  const state = STATES.find((name) => name === params.get('state'))
  const level = params.get('level')
  const scope = params.get('label_scope')
  const given = TEXTS.flatMap((name) => {
    const value = params.get(name)
    return value ? [[name, value] as const] : []
  })
  return {
    ...Object.fromEntries(given),
    ...(state ? { state } : {}),
    ...(scope === 'public' || scope === 'private' ? { label_scope: scope } : {}),
    ...(level && /^\d+$/.test(level) ? { level: Number(level) } : {}),
  }
}
