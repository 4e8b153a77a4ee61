import { Button, Group, NativeSelect, Skeleton, Stack, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { permissionsQuery } from '../../api/console.ts'
import { type Delivery, deliveriesQuery, outboxHealthQuery, useSendAgain } from '../../api/events.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Tag } from '../../ui/tag.tsx'
import { useAddress } from '../parts/address.ts'
import { Ago } from '../parts/moment.tsx'
import { ConsolePage } from '../parts/page.tsx'
import { ItemTable } from '../parts/table.tsx'

const STATES = ['waiting', 'delivered', 'dead'] as const
const TONES = { waiting: 'warm', delivered: 'good', dead: 'bad' } as const
const PAGE = 50

/** How far behind deliveries are, and what became of each. */
export default function EventsPage() {
  const { t } = useI18n()
  const { params, change } = useAddress()
  const state = STATES.find((name) => name === params.get('state'))
  const before = Number(params.get('before'))
  const filters = { limit: PAGE, ...(state ? { state } : {}), ...(before > 0 ? { before } : {}) }
  const { data: deliveries, error } = useQuery(deliveriesQuery(filters))
  return (
    <ConsolePage title={t('console.events')}>
      <Stack gap={16}>
        <OutboxHealth />
        <Group justify="space-between">
          <Title order={2} size="h4">
            {t('console.deliveries')}
          </Title>
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

function DeliveryTable({ deliveries }: { deliveries: readonly Delivery[] }) {
  const { t } = useI18n()
  const { data: permissions } = useQuery(permissionsQuery)
  const again = useSendAgain()
  const mayReplay = permissions?.actions.includes('events.replay') === true
  return (
    <>
      <Refused error={again.error} />
      <ItemTable
        items={deliveries}
        keyOf={({ id }) => id}
        none={t('console.deliveries.none')}
        columns={[
          { name: t('console.event'), show: ({ event }) => event.name },
          { name: t('console.destination'), show: ({ destination }) => destination },
          {
            name: t('console.filter.state'),
            show: ({ state }) => <Tag tone={TONES[state]}>{t(`console.delivery.${state}`)}</Tag>,
          },
          { name: t('console.attempts'), show: ({ attempts }) => attempts },
          { name: t('console.lastError'), show: ({ last_error }) => <bdi>{last_error}</bdi> },
          { name: t('console.created'), show: ({ created_at }) => <Ago at={created_at} /> },
          {
            name: t('console.actions'),
            show: ({ id, state }) =>
              mayReplay &&
              state !== 'waiting' && (
                <Button
                  size="compact-xs"
                  variant="default"
                  loading={again.isPending && again.variables === id}
                  onClick={() => again.mutate(id)}
                >
                  {t('console.sendAgain')}
                </Button>
              ),
          },
        ]}
      />
    </>
  )
}

function OutboxHealth() {
  const { t } = useI18n()
  const { data, error } = useQuery(outboxHealthQuery)
  if (error) return <Refused error={error} />
  if (!data) return <Skeleton height={120} />
  return (
    <ItemTable
      items={data.kinds}
      keyOf={({ kind }) => kind}
      none={t('console.none')}
      columns={[
        { name: t('console.destination'), show: ({ kind }) => kind },
        { name: t('console.delivery.waiting'), show: ({ waiting }) => waiting },
        { name: t('console.lag'), show: ({ lag_seconds }) => t('console.seconds', { count: lag_seconds }) },
        { name: t('console.delivery.dead'), show: ({ dead }) => dead },
      ]}
    />
  )
}
