import { Button, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { authorizedApplicationsQuery, useShutOut } from '../../api/authorized-applications.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { AccountPage } from '../page-frame.tsx'

/** Applications that were let in. */
export default function ApplicationsPage() {
  const { t, tScope, moment } = useI18n()
  const { data: applications, error } = useQuery(authorizedApplicationsQuery)
  const shutOut = useShutOut()
  return (
    <AccountPage title={t('security.applications.title')} lead={t('applications.lead')} back="/account/security">
      <Refused error={error ?? shutOut.error} />
      {!applications && !error && <Skeleton height={160} />}
      {applications?.length === 0 && <Text c="dimmed">{t('applications.none')}</Text>}
      {applications && applications.length > 0 && (
        <ul className="rows">
          {applications.map(({ uid, name, scopes, authorized_at }) => (
            <li key={uid} className="row">
              <span>
                <Text fw={600} component="span" display="block">
                  <bdi>{name}</bdi>
                </Text>
                <Text size="sm" c="dimmed" component="span" display="block">
                  <time dateTime={authorized_at}>{moment(authorized_at)}</time>
                </Text>
                <Text size="sm" component="span" display="block">
                  {t('applications.may', { what: scopes.map(tScope).join(', ') })}
                </Text>
              </span>
              <Button
                variant="default"
                size="compact-md"
                aria-label={t('applications.shutOutOf', { name })}
                loading={shutOut.isPending && shutOut.variables === uid}
                onClick={() => shutOut.mutate(uid)}
              >
                {t('applications.shutOut')}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </AccountPage>
  )
}
