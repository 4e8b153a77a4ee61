import { Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { type Hold, holdsQuery } from '../../api/holds.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'

/** What the account cannot do for a while, why, and for how long, above `children`, which wait for it so that they do not jump. */
export function Holds({ children }: { children: ReactNode }) {
  const { t } = useI18n()
  const { data: holds = [], error, isPending } = useQuery(holdsQuery)
  if (isPending) return <Skeleton height={400} role="status" aria-label={t('waiting')} />
  return (
    <>
      <Refused error={error} />
      {holds.length > 0 && <HoldList holds={holds} />}
      {children}
    </>
  )
}

function HoldList({ holds }: { holds: readonly Hold[] }) {
  const { t, tHold, moment, ago } = useI18n()
  return (
    <section className="holds" aria-label={t('holds.title')}>
      <Text fw={600}>{t('holds.title')}</Text>
      <ul>
        {holds.map(({ label, reason, until }) => (
          <li key={label}>
            {tHold(label, reason)}{' '}
            <time dateTime={until}>{t('holds.until', { moment: moment(until), left: ago(until) })}</time>
          </li>
        ))}
      </ul>
    </section>
  )
}
