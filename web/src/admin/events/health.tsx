import { Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { permissionsQuery } from '../../api/console.ts'
import { outboxHealthQuery, useSendDeadAgain } from '../../api/events.ts'
import { RefusedOrProof } from '../../feedback/proof.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { ItemTable } from '../parts/table.tsx'

interface Row {
  name: string
  destination: string | undefined
  waiting: number
  lag_seconds: number
  dead: number
}

const isToSendAgain = (row: Row): row is Row & { destination: string } => row.destination !== undefined && row.dead > 0

/** How far behind each kind of message and each destination is. */
export function OutboxHealth() {
  const { t } = useI18n()
  const { data, error } = useQuery(outboxHealthQuery)
  const { data: permissions } = useQuery(permissionsQuery)
  const again = useSendDeadAgain()
  if (!data) return error ? <Refused error={error} /> : <Skeleton height={120} />
  const mayReplay = permissions?.actions.includes('events.replay') === true
  const rows: Row[] = [
    ...data.kinds.map(({ kind, ...figures }) => ({ name: kind, destination: undefined, ...figures })),
    ...data.destinations.map(({ destination, url, ...figures }) => ({
      name: url ?? destination,
      destination,
      ...figures,
    })),
  ]
  return (
    <>
      <Refused error={error} />
      <RefusedOrProof
        error={again.error}
        again={() => again.variables !== undefined && again.mutate(again.variables)}
      />
      <ItemTable
        items={rows}
        keyOf={({ name, destination }) => destination ?? name}
        none={t('console.none')}
        columns={[
          { name: t('console.destination'), show: ({ name }) => <bdi>{name}</bdi> },
          { name: t('console.health.waiting'), show: ({ waiting }) => waiting },
          { name: t('console.lag'), show: ({ lag_seconds }) => t('console.seconds', { count: lag_seconds }) },
          { name: t('console.health.dead'), show: ({ dead }) => dead },
          ...(mayReplay && rows.some(isToSendAgain)
            ? [
                {
                  name: t('console.actions'),
                  show: (row: Row) =>
                    isToSendAgain(row) && (
                      <Button
                        size="compact-xs"
                        variant="default"
                        loading={again.isPending}
                        onClick={() => again.mutate({ destination: row.destination })}
                      >
                        {t('console.sendAgain')}
                      </Button>
                    ),
                },
              ]
            : []),
        ]}
      />
    </>
  )
}
