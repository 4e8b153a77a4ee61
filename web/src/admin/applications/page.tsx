import { Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Application, applicationsQuery, useRemoveApplication, useRotateSecret } from '../../api/applications.ts'
import { permissionsQuery } from '../../api/console.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Tag } from '../../ui/tag.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'
import { Ago } from '../parts/moment.tsx'
import { ConsolePage } from '../parts/page.tsx'
import { RemoveDialog } from '../parts/remove-dialog.tsx'
import { RowActions } from '../parts/row-actions.tsx'
import { SecretOnce } from '../parts/secret-once.tsx'
import { ItemTable } from '../parts/table.tsx'
import { ApplicationForm } from './form.tsx'

type Asked = { what: 'add' } | { what: 'edit' | 'rotate' | 'remove'; application: Application }

/** The applications that send people here to sign in. */
export default function ApplicationsPage() {
  const { t } = useI18n()
  const { data: applications, error } = useQuery(applicationsQuery)
  const { data: permissions } = useQuery(permissionsQuery)
  const mayWrite = permissions?.actions.includes('applications.write') === true
  const [asked, setAsked] = useState<Asked>()
  const [secret, setSecret] = useState<{ uid: string; secret: string }>()
  const close = () => setAsked(undefined)
  return (
    <ConsolePage
      title={t('console.applications')}
      actions={mayWrite && <Button onClick={() => setAsked({ what: 'add' })}>{t('console.application.add')}</Button>}
    >
      <Stack gap={16}>
        <Refused error={error} />
        {secret && (
          <SecretOnce
            title={t('console.application.secret')}
            secret={`client_id      ${secret.uid}\nclient_secret  ${secret.secret}`}
            onClose={() => setSecret(undefined)}
          />
        )}
        {!applications && !error && <Skeleton height={240} />}
        {applications && <ApplicationTable applications={applications} mayWrite={mayWrite} ask={setAsked} />}
      </Stack>
      {(asked?.what === 'add' || asked?.what === 'edit') && (
        <ApplicationForm
          application={asked.what === 'edit' ? asked.application : undefined}
          onClose={close}
          onSecret={setSecret}
        />
      )}
      {asked?.what === 'rotate' && <Rotate application={asked.application} onClose={close} onSecret={setSecret} />}
      {asked?.what === 'remove' && <Remove application={asked.application} onClose={close} />}
    </ConsolePage>
  )
}

interface TableProps {
  applications: readonly Application[]
  mayWrite: boolean
  ask: (asked: Asked) => void
}

function ApplicationTable({ applications, mayWrite, ask }: TableProps) {
  const { t } = useI18n()
  return (
    <ItemTable
      items={applications}
      keyOf={({ uid }) => uid}
      none={t('console.none')}
      columns={[
        { name: t('console.application.name'), show: ({ name }) => <bdi>{name}</bdi> },
        {
          name: t('console.application.id'),
          show: ({ uid }) => <code className="id">{uid}</code>,
        },
        {
          name: t('console.application.redirects'),
          show: ({ redirect_uris }) => <bdi className="wrap">{redirect_uris.join(', ')}</bdi>,
        },
        { name: t('console.application.kind'), show: (application) => <Kind application={application} /> },
        { name: t('console.created'), show: ({ created_at }) => <Ago at={created_at} /> },
        {
          name: t('console.actions'),
          show: (application) => mayWrite && <Actions application={application} ask={ask} />,
        },
      ]}
    />
  )
}

function Kind({ application }: { application: Application }) {
  const { t } = useI18n()
  return (
    <Group gap={4}>
      <Tag tone="quiet">{t(`console.application.by.${application.token_endpoint_auth_method}`)}</Tag>
      {application.skipauth && <Tag tone="good">{t('console.application.own')}</Tag>}
    </Group>
  )
}

function Actions({ application, ask }: { application: Application; ask: TableProps['ask'] }) {
  const { t } = useI18n()
  return (
    <RowActions onEdit={() => ask({ what: 'edit', application })} onRemove={() => ask({ what: 'remove', application })}>
      {application.token_endpoint_auth_method === 'client_secret_basic' && (
        <Button size="compact-xs" variant="default" onClick={() => ask({ what: 'rotate', application })}>
          {t('console.application.rotate')}
        </Button>
      )}
    </RowActions>
  )
}

interface DialogProps {
  application: Application
  onClose: () => void
}

function Rotate({
  application: { uid, name },
  onClose,
  onSecret,
}: DialogProps & { onSecret: (made: { uid: string; secret: string }) => void }) {
  const { t } = useI18n()
  const rotate = useRotateSecret()
  const run = () =>
    rotate.mutate(uid, {
      onSuccess: ({ secret }) => {
        onSecret({ uid, secret })
        onClose()
      },
    })
  return (
    <FormDialog
      title={t('console.application.rotate')}
      confirm={t('console.application.rotate')}
      danger
      isPending={rotate.isPending}
      error={rotate.error}
      onConfirm={run}
      onClose={onClose}
    >
      <Text>{t('console.application.rotate.lead', { name })}</Text>
    </FormDialog>
  )
}

function Remove({ application: { uid, name }, onClose }: DialogProps) {
  const { t } = useI18n()
  const remove = useRemoveApplication()
  return (
    <RemoveDialog lead={t('console.application.remove.lead', { name })} id={uid} remove={remove} onClose={onClose} />
  )
}
