import { Button, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { sessionsQuery, useEndOtherSessions, useEndSession } from '../../api/sessions.ts'
import { RefusedOrProof } from '../../feedback/proof.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Tag } from '../../ui/tag.tsx'
import { AccountPage } from '../page-frame.tsx'
import { deviceOf } from './device.ts'

/** Where the account is signed in. */
export default function SessionsPage() {
  const { t, moment } = useI18n()
  const { data: sessions, error } = useQuery(sessionsQuery)
  const end = useEndSession()
  const endOthers = useEndOtherSessions()
  return (
    <AccountPage title={t('security.sessions.title')} lead={t('sessions.lead')} back="/account/security">
      <Refused error={error} />
      <RefusedOrProof error={end.error} again={() => end.variables !== undefined && end.mutate(end.variables)} />
      <RefusedOrProof error={endOthers.error} again={() => endOthers.mutate()} />
      {!sessions && !error && <Skeleton height={200} />}
      {sessions && (
        <ul className="rows">
          {sessions.map(({ id, current, application, address, device, signed_in_at }) => (
            <li key={id} className="row">
              <span>
                <Text fw={600} component="span" display="block">
                  {deviceOf(device) ?? t('sessions.program')}{' '}
                  {current && <Tag tone="quiet">{t('sessions.current')}</Tag>}
                </Text>
                <Text size="sm" c="dimmed" component="span" display="block">
                  {application && (
                    <>
                      <bdi>{application.name}</bdi>
                      {' · '}
                    </>
                  )}
                  <time dateTime={signed_in_at}>{moment(signed_in_at)}</time>
                  {address && (
                    <>
                      {' · '}
                      <bdi>{address}</bdi>
                    </>
                  )}
                </Text>
              </span>
              {!current && (
                <Button
                  variant="default"
                  size="compact-md"
                  loading={end.isPending && end.variables === id}
                  onClick={() => end.mutate(id)}
                >
                  {t('sessions.end')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {sessions && sessions.length > 1 && (
        <Button variant="default" loading={endOthers.isPending} onClick={() => endOthers.mutate()}>
          {t('sessions.endOthers')}
        </Button>
      )}
    </AccountPage>
  )
}
