import { Button, Group, NativeSelect, Skeleton, Stack, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { deliveriesQuery } from '../../api/events.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { useAddress } from '../parts/address.ts'
import { ConsolePage } from '../parts/page.tsx'
import { DeliveryTable } from './deliveries.tsx'
import { OutboxHealth } from './health.tsx'
import { DeadMessages } from './messages.tsx'

const STATES = ['waiting', 'delivered', 'dead'] as const
const PAGE = 50

/** How far behind deliveries are, and what became of each. */
export default function EventsPage() {
  const { t } = useI18n()
  const { params, change } = useAddress()
  const state = STATES.find((name) => name === params.get('state'))
  const before = Number(params.get('before'))
  const destination = params.get('destination')
  const filters = {
    limit: PAGE,
    ...(state ? { state } : {}),
    ...(destination ? { destination } : {}),
    ...(before > 0 ? { before } : {}),
  }
  const { data: deliveries, error } = useQuery(deliveriesQuery(filters))
  return (
    <ConsolePage title={t('console.events')}>
      <Stack gap={16}>
        <OutboxHealth />
        <DeadMessages />
        <Group justify="space-between">
          <Title order={2} size="h4">
            {t('console.deliveries')}
          </Title>
          <Group gap={8}>
            {destination && (
              <Button size="xs" variant="default" onClick={() => change({ destination: '', before: '' })}>
                {t('console.delivery.allDestinations')}
              </Button>
            )}
            <NativeSelect
              size="xs"
              aria-label={t('console.filter.state')}
              value={state ?? ''}
              onChange={({ currentTarget }) => change({ state: currentTarget.value, before: '' })}
              data={[
                { value: '', label: t('console.delivery.all') },
                ...STATES.map((value) => ({ value, label: t(`console.delivery.${value}`) })),
              ]}
            />
          </Group>
        </Group>
        <Refused error={error} />
        {!deliveries && !error && <Skeleton height={300} />}
        {deliveries && <DeliveryTable deliveries={deliveries} />}
        <Button
          size="xs"
          variant="default"
          w="fit-content"
          disabled={(deliveries?.length ?? 0) < PAGE}
          onClick={() => change({ before: String(deliveries?.at(-1)?.id ?? '') })}
        >
          {t('console.next')}
        </Button>
      </Stack>
    </ConsolePage>
  )
}
