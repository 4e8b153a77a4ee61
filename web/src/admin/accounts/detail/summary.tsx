import { Skeleton, Stack, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { accountQuery, hasSecondFactor } from '../../../api/directory.ts'
import { Refused } from '../../../feedback/refused.tsx'
import { useI18n } from '../../../i18n/i18n.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Ago } from '../../parts/moment.tsx'
import { StateBadges } from '../state-badges.tsx'

/** The account and its profile at a glance. */
export function AccountSummary({ uid }: { uid: string }) {
  const { t } = useI18n()
  const { data: account, error } = useQuery(accountQuery(uid))
  if (!account) return error ? <Refused error={error} /> : <Skeleton height={240} />
  const { profile } = account
  return (
    <Stack gap={16} mb={16}>
      <Refused error={error} />
      <section className="panel" aria-label={t('console.account')}>
        <Facts
          facts={{
            [t('console.filter.email')]: <bdi>{account.email}</bdi>,
            [t('console.filter.uid')]: account.uid,
            [t('console.filter.state')]: <StateBadges account={account} />,
            [t('console.filter.level')]: account.level,
            [t('console.filter.role')]: account.role,
            [t('console.secondFactor')]: hasSecondFactor(account) ? t('console.yes') : t('console.no'),
            [t('security.passkeys.title')]: account.passkeys,
            [t('console.failures')]: account.failed_attempts,
            [t('console.created')]: <Ago at={account.created_at} />,
            [t('console.confirmed')]: account.confirmed_at && <Ago at={account.confirmed_at} />,
          }}
        />
      </section>
      <section className="panel">
        <Title order={2} size="h4">
          {t('console.profile')}
        </Title>
        {profile ? (
          <Facts
            facts={{
              [t('console.profile.name')]: (
                <bdi>
                  {profile.first_name} {profile.last_name}
                </bdi>
              ),
              [t('console.profile.dob')]: profile.dob,
              [t('console.profile.address')]: <bdi>{profile.address}</bdi>,
              [t('console.profile.city')]: (
                <bdi>
                  {profile.postcode} {profile.city}
                </bdi>
              ),
              [t('console.filter.country')]: profile.country,
            }}
          />
        ) : (
          <p>{t('console.profile.none')}</p>
        )}
      </section>
    </Stack>
  )
}
