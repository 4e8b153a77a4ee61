import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { holdsQuery } from '../../api/holds.ts'
import { useI18n } from '../../i18n/i18n.tsx'

/** What the account cannot do for a while, why, and for how long; nothing where there is nothing. */
export function Holds() {
  const { t, tHold, moment, ago } = useI18n()
  const { data: holds } = useQuery(holdsQuery)
  if (!holds || holds.length === 0) return null
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
