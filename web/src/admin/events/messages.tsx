import { Button, Group, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { permissionsQuery } from '../../api/console.ts'
import { deadMessagesQuery, useSendDeadAgain } from '../../api/events.ts'
import { RefusedOrProof } from '../../feedback/proof.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { ConsoleLink } from '../parts/link.tsx'
import { Ago } from '../parts/moment.tsx'
import { ItemTable } from '../parts/table.tsx'

/** Mails and SMS that were given up; nothing where there are none. */
export function DeadMessages() {
  const { t } = useI18n()
  const { data: messages, error } = useQuery(deadMessagesQuery)
  const { data: permissions } = useQuery(permissionsQuery)
  const again = useSendDeadAgain()
  if (!messages) return <Refused error={error} />
  if (messages.length === 0) return null
  return (
    <>
      <Group justify="space-between">
        <Title order={2} size="h4">
          {t('console.messages.dead')}
        </Title>
        {permissions?.actions.includes('events.replay') && (
          <Button size="xs" variant="default" loading={again.isPending} onClick={() => again.mutate({})}>
            {t('console.messages.sendAgain')}
          </Button>
        )}
      </Group>
      <Refused error={error} />
      <RefusedOrProof
        error={again.error}
        again={() => again.variables !== undefined && again.mutate(again.variables)}
      />
      <ItemTable
        items={messages}
        keyOf={({ id }) => id}
        none={t('console.none')}
        columns={[
          { name: t('console.destination'), show: ({ channel }) => channel },
          { name: t('console.event'), show: ({ topic }) => topic },
          {
            name: t('console.account'),
            show: ({ account_uid }) =>
              account_uid && <ConsoleLink to={`/admin/accounts/${account_uid}`}>{account_uid}</ConsoleLink>,
          },
          { name: t('console.attempts'), show: ({ attempts }) => attempts },
          { name: t('console.lastError'), show: ({ last_error }) => <bdi>{last_error}</bdi> },
          { name: t('console.created'), show: ({ created_at }) => <Ago at={created_at} /> },
        ]}
      />
    </>
  )
}
