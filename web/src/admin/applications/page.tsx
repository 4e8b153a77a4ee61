import { Alert, Badge, Button, Code, Group, Modal, Skeleton, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Application, applicationsQuery, useRemoveApplication, useRotateSecret } from '../../api/applications.ts'
import { permissionsQuery } from '../../api/console.ts'
import { RefusedOrProof, wantsProof } from '../../feedback/proof.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Ago } from '../parts/moment.tsx'
import { ConsolePage } from '../parts/page.tsx'
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
          <Alert
            color="green"
            title={t('console.application.secret')}
            withCloseButton
            onClose={() => setSecret(undefined)}
          >
            <Text size="sm">{t('console.application.secret.once')}</Text>
            <Code block>{`client_id      ${secret.uid}\nclient_secret  ${secret.secret}`}</Code>
          </Alert>
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
    <div className="table-frame">
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('console.application.name')}</Table.Th>
            <Table.Th>{t('console.application.id')}</Table.Th>
            <Table.Th>{t('console.application.redirects')}</Table.Th>
            <Table.Th>{t('console.application.kind')}</Table.Th>
            <Table.Th>{t('console.created')}</Table.Th>
            <Table.Th aria-label={t('console.actions')} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {applications.map((application) => (
            <Table.Tr key={application.uid}>
              <Table.Td>
                <bdi>{application.name}</bdi>
              </Table.Td>
              <Table.Td>
                <Code title={application.uid}>{application.uid.slice(0, 12)}…</Code>
              </Table.Td>
              <Table.Td>{application.redirect_uris.join(', ')}</Table.Td>
              <Table.Td>
                <Group gap={4}>
                  <Badge variant="default" size="sm" tt="none">
                    {t(application.public ? 'console.application.public' : 'console.application.confidential')}
                  </Badge>
                  {application.skipauth && (
                    <Badge variant="light" size="sm" tt="none">
                      {t('console.application.own')}
                    </Badge>
                  )}
                </Group>
              </Table.Td>
              <Table.Td>
                <Ago at={application.created_at} />
              </Table.Td>
              <Table.Td>
                {mayWrite && (
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    <Button size="compact-xs" variant="default" onClick={() => ask({ what: 'edit', application })}>
                      {t('console.edit')}
                    </Button>
                    {!application.public && (
                      <Button size="compact-xs" variant="default" onClick={() => ask({ what: 'rotate', application })}>
                        {t('console.application.rotate')}
                      </Button>
                    )}
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      color="red"
                      onClick={() => ask({ what: 'remove', application })}
                    >
                      {t('console.remove')}
                    </Button>
                  </Group>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
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
    <Confirm
      title={t('console.application.rotate')}
      lead={t('console.application.rotate.lead', { name })}
      isPending={rotate.isPending}
      error={rotate.error}
      run={run}
      onClose={onClose}
    />
  )
}

function Remove({ application: { uid, name }, onClose }: DialogProps) {
  const { t } = useI18n()
  const remove = useRemoveApplication()
  return (
    <Confirm
      title={t('console.remove')}
      lead={t('console.application.remove.lead', { name })}
      isPending={remove.isPending}
      error={remove.error}
      run={() => remove.mutate(uid, { onSuccess: onClose })}
      onClose={onClose}
    />
  )
}

interface ConfirmProps {
  title: string
  lead: string
  isPending: boolean
  error: Error | null
  run: () => void
  onClose: () => void
}

function Confirm({ title, lead, isPending, error, run, onClose }: ConfirmProps) {
  const { t } = useI18n()
  return (
    <Modal
      opened
      lockScroll={false}
      onClose={onClose}
      title={title}
      centered
      closeButtonProps={{ 'aria-label': t('console.close') }}
    >
      <Stack gap={16}>
        <Text>{lead}</Text>
        <RefusedOrProof error={error} again={run} />
        {!wantsProof(error) && (
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('console.cancel')}
            </Button>
            <Button color="red" loading={isPending} onClick={run}>
              {title}
            </Button>
          </Group>
        )}
      </Stack>
    </Modal>
  )
}
