import { Drawer, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type Delivery, deliveryQuery } from '../../api/events.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Facts } from '../parts/facts.tsx'
import { ConsoleLink } from '../parts/link.tsx'
import { Ago } from '../parts/moment.tsx'
import { ItemTable } from '../parts/table.tsx'

/** One delivery: what it is, and how each attempt ended. */
export function Attempts({
  delivery: { id, event, destination },
  onClose,
}: {
  delivery: Delivery
  onClose: () => void
}) {
  const { t } = useI18n()
  const { data, error } = useQuery(deliveryQuery(id))
  return (
    <Drawer
      opened
      onClose={onClose}
      lockScroll={false}
      position="right"
      size="lg"
      title={event.name}
      closeButtonProps={{ 'aria-label': t('console.close') }}
    >
      <Stack gap={16}>
        <Facts
          facts={{
            [t('console.event.id')]: <code>{event.event_id}</code>,
            [t('console.destination')]: <bdi>{destination}</bdi>,
            [t('console.account')]: event.account_uid && (
              <ConsoleLink to={`/admin/accounts/${event.account_uid}`}>{event.account_uid}</ConsoleLink>
            ),
          }}
        />
        <Refused error={error} />
        {!data && !error && <Skeleton height={160} />}
        {data && (
          <ItemTable
            items={data.log}
            keyOf={({ attempted_at }) => attempted_at}
            none={t('console.attempts.none')}
            columns={[
              { name: t('console.attempt'), show: ({ attempted_at }) => <Ago at={attempted_at} /> },
              { name: t('console.audit.result'), show: ({ status, error: why }) => <bdi>{why ?? status ?? 'ok'}</bdi> },
              { name: t('console.duration'), show: ({ duration_ms }) => `${duration_ms} ms` },
            ]}
          />
        )}
      </Stack>
    </Drawer>
  )
}
