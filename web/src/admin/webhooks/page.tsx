import { Button, Group, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { permissionsQuery } from '../../api/console.ts'
import {
  useAddWebhook,
  useRemoveWebhook,
  useRotateWebhookSecret,
  useSwitchWebhook,
  useTestWebhook,
  type WebhookEndpoint,
  webhooksQuery,
} from '../../api/webhooks.ts'
import { RefusedOrProof } from '../../feedback/proof.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Tag } from '../../ui/tag.tsx'
import { addressOf } from '../parts/address.ts'
import { FormDialog } from '../parts/form-dialog.tsx'
import { ConsoleLink } from '../parts/link.tsx'
import { Ago } from '../parts/moment.tsx'
import { ConsolePage } from '../parts/page.tsx'
import { RemoveDialog } from '../parts/remove-dialog.tsx'
import { SecretOnce } from '../parts/secret-once.tsx'
import { ItemTable } from '../parts/table.tsx'

/** Where events are sent, and how that goes. */
export default function WebhooksPage() {
  const { t } = useI18n()
  const { data: endpoints, error } = useQuery(webhooksQuery)
  const { data: permissions } = useQuery(permissionsQuery)
  const mayWrite = permissions?.actions.includes('webhooks.write') === true
  const [isAdding, setAdding] = useState(false)
  const [secret, setSecret] = useState<string>()
  return (
    <ConsolePage
      title={t('console.webhooks')}
      actions={mayWrite && <Button onClick={() => setAdding(true)}>{t('console.webhook.add')}</Button>}
    >
      <Stack gap={16}>
        <Refused error={error} />
        {secret && (
          <SecretOnce title={t('console.webhook.secret')} secret={secret} onClose={() => setSecret(undefined)} />
        )}
        {!endpoints && !error && <Skeleton height={200} />}
        {endpoints && (
          <ItemTable
            items={endpoints}
            keyOf={({ uid }) => uid}
            none={t('console.webhooks.none')}
            columns={[
              { name: t('console.webhook.url'), show: ({ url }) => <bdi>{url}</bdi> },
              { name: t('console.webhook.events'), show: ({ events }) => events.join(', ') },
              { name: t('console.filter.state'), show: (endpoint) => <EndpointState endpoint={endpoint} /> },
              { name: t('console.created'), show: ({ created_at }) => <Ago at={created_at} /> },
              {
                name: t('console.deliveries'),
                show: ({ uid }) => (
                  <ConsoleLink to={addressOf('/admin/events', { destination: uid })}>
                    {t('console.webhook.log')}
                  </ConsoleLink>
                ),
              },
              {
                name: t('console.actions'),
                show: (endpoint) => mayWrite && <EndpointActions endpoint={endpoint} onSecret={setSecret} />,
              },
            ]}
          />
        )}
        <ConsoleLink to="/admin/events">{t('console.events')}</ConsoleLink>
      </Stack>
      {isAdding && <AddEndpoint onClose={() => setAdding(false)} onSecret={setSecret} />}
    </ConsolePage>
  )
}

function EndpointState({ endpoint: { disabled_at } }: { endpoint: WebhookEndpoint }) {
  const { t } = useI18n()
  return (
    <Tag tone={disabled_at ? 'quiet' : 'good'}>{t(disabled_at ? 'console.webhook.off' : 'console.webhook.on')}</Tag>
  )
}

interface ActionProps {
  endpoint: WebhookEndpoint
  onSecret: (secret: string) => void
}

function EndpointActions({ endpoint: { uid, url, disabled_at }, onSecret }: ActionProps) {
  const { t } = useI18n()
  const test = useTestWebhook()
  const turn = useSwitchWebhook()
  const rotate = useRotateWebhookSecret()
  const remove = useRemoveWebhook()
  const [last, setLast] = useState<() => void>()
  const [isRemoving, setRemoving] = useState(false)
  /** What is done is remembered, to be done again after a proof of who asks; what went wrong before is forgotten. */
  const act = (what: () => void) => {
    for (const each of [test, turn, rotate]) each.reset()
    setLast(() => what)
    what()
  }
  const failed = test.error ?? turn.error ?? rotate.error
  return (
    <Stack gap={4}>
      <Group gap={4} wrap="nowrap" className="row-actions">
        <Button
          size="compact-xs"
          variant="default"
          loading={test.isPending}
          onClick={() => act(() => test.mutate(uid))}
        >
          {t('console.webhook.test')}
        </Button>
        <Button
          size="compact-xs"
          variant="default"
          loading={turn.isPending}
          onClick={() => act(() => turn.mutate({ uid, enabled: disabled_at !== null }))}
        >
          {t(disabled_at ? 'console.webhook.enable' : 'console.webhook.disable')}
        </Button>
        <Button
          size="compact-xs"
          variant="default"
          loading={rotate.isPending}
          onClick={() => act(() => rotate.mutate(uid, { onSuccess: ({ secret }) => onSecret(secret) }))}
        >
          {t('console.application.rotate')}
        </Button>
        {disabled_at !== null && (
          <Button size="compact-xs" variant="subtle" color="red" onClick={() => setRemoving(true)}>
            {t('console.remove')}
          </Button>
        )}
      </Group>
      {test.data && (
        <Text size="xs" role="status" c={test.data.delivered ? 'var(--good)' : 'var(--bad)'}>
          {test.data.delivered
            ? t('console.webhook.answered', { ms: test.data.duration_ms })
            : t('console.webhook.failed', { error: String(test.data.error ?? test.data.status ?? '') })}
        </Text>
      )}
      <RefusedOrProof error={failed} again={() => last?.()} />
      {isRemoving && (
        <RemoveDialog
          lead={t('console.webhook.remove.lead', { url })}
          id={uid}
          remove={remove}
          onClose={() => {
            setRemoving(false)
            remove.reset()
          }}
        />
      )}
    </Stack>
  )
}

function AddEndpoint({ onClose, onSecret }: { onClose: () => void; onSecret: (secret: string) => void }) {
  const { t } = useI18n()
  const add = useAddWebhook()
  const [url, setUrl] = useState('')
  const [events, setEvents] = useState('*')
  const [description, setDescription] = useState('')
  const save = () =>
    add.mutate(
      { url, events: events.split(/[\s,]+/).filter((name) => name !== ''), description },
      {
        onSuccess: ({ secret }) => {
          onSecret(secret)
          onClose()
        },
      },
    )
  return (
    <FormDialog
      title={t('console.webhook.add')}
      confirm={t('console.webhook.add')}
      canConfirm={url !== ''}
      isPending={add.isPending}
      error={add.error}
      onConfirm={save}
      onClose={onClose}
    >
      <TextInput
        label={t('console.webhook.url')}
        dir="ltr"
        type="url"
        required
        data-autofocus
        value={url}
        onChange={({ currentTarget }) => setUrl(currentTarget.value)}
      />
      <TextInput
        label={t('console.webhook.events')}
        description={t('console.webhook.events.hint')}
        dir="ltr"
        value={events}
        onChange={({ currentTarget }) => setEvents(currentTarget.value)}
      />
      <TextInput
        label={t('console.webhook.description')}
        value={description}
        onChange={({ currentTarget }) => setDescription(currentTarget.value)}
      />
    </FormDialog>
  )
}
