import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { permissionsQuery } from '../../api/console.ts'
import { type Delivery, useSendAgain } from '../../api/events.ts'
import { webhooksQuery } from '../../api/webhooks.ts'
import { RefusedOrProof } from '../../feedback/proof.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Tag } from '../../ui/tag.tsx'
import { Ago } from '../parts/moment.tsx'
import { ItemTable } from '../parts/table.tsx'
import { Attempts } from './attempts.tsx'

const TONES = { waiting: 'warm', delivered: 'good', dead: 'bad' } as const

/** Deliveries, each with its attempts and a way to send it again. */
export function DeliveryTable({ deliveries }: { deliveries: readonly Delivery[] }) {
  const { t } = useI18n()
  const { data: permissions } = useQuery(permissionsQuery)
  const mayReadWebhooks = permissions?.actions.includes('webhooks.read') === true
  const { data: webhooks } = useQuery({ ...webhooksQuery, enabled: mayReadWebhooks })
  const urls = new Map(webhooks?.map(({ uid, url }) => [uid, url]))
  const again = useSendAgain()
  const [opened, setOpened] = useState<Delivery>()
  const mayReplay = permissions?.actions.includes('events.replay') === true
  return (
    <>
      <RefusedOrProof
        error={again.error}
        again={() => again.variables !== undefined && again.mutate(again.variables)}
      />
      <ItemTable
        items={deliveries}
        keyOf={({ id }) => id}
        none={t('console.deliveries.none')}
        columns={[
          {
            name: t('console.event'),
            show: (delivery) => (
              <button type="button" className="row-link" onClick={() => setOpened(delivery)}>
                {delivery.event.name}
              </button>
            ),
          },
          {
            name: t('console.destination'),
            show: ({ destination }) => <bdi>{urls.get(destination) ?? destination}</bdi>,
          },
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
      {opened && <Attempts delivery={opened} onClose={() => setOpened(undefined)} />}
    </>
  )
}
