import { Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { labelsQuery, meQuery } from '../../api/account.ts'
import { ownReviewQuery } from '../../api/own-review.ts'
import { passkeysQuery } from '../../api/passkeys.ts'
import { profileQuery } from '../../api/profile.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Holds } from '../holds/holds.tsx'
import { AccountPage } from '../page-frame.tsx'
import { NextStep } from './next-step.tsx'
import { Path } from './path.tsx'
import { stepsOf } from './steps.ts'

const FURTHER = [
  { to: '/account/profile', key: 'profile' },
  { to: '/account/phone', key: 'phone' },
  { to: '/account/documents', key: 'documents' },
  { to: '/account/security', key: 'security' },
] as const

/** Where an account holder begins: how far they are, and what comes next. */
export function HomePage() {
  const { t } = useI18n()
  const me = useQuery(meQuery)
  const labels = useQuery(labelsQuery)
  const profile = useQuery(profileQuery)
  const review = useQuery(ownReviewQuery)
  const passkeys = useQuery(passkeysQuery)
  const error = me.error ?? labels.error ?? profile.error ?? review.error ?? passkeys.error
  if (!me.data || !labels.data || !review.data || !passkeys.data || profile.data === undefined)
    return error ? <Refused error={error} /> : <Waiting />
  const steps = stepsOf(labels.data, review.data.may_hand_in)
  return (
    <AccountPage title={t('home.title')}>
      <Refused error={error} />
      <div className="who">
        <Text>{me.data.email}</Text>
        <Text c="dimmed" size="sm">
          {t('home.level', { level: me.data.level })} · <span className="figures">{me.data.uid}</span>
        </Text>
      </div>
      <Holds>
        <NextStep
          steps={steps}
          review={review.data}
          hasProfile={profile.data !== null}
          hasTwoFactor={me.data.otp_enabled || passkeys.data.length > 0}
        />
        <Path steps={steps} />
        <ul className="rows">
          {FURTHER.map(({ to, key }) => (
            <li key={to}>
              <Link to={to} className="row">
                <Text fw={600} component="span">
                  {t(`home.further.${key}`)}
                </Text>
                <span className="row-arrow" aria-hidden="true" />
              </Link>
            </li>
          ))}
        </ul>
      </Holds>
    </AccountPage>
  )
}

function Waiting() {
  const { t } = useI18n()
  return (
    <Stack gap={24} role="status" aria-label={t('waiting')}>
      <Skeleton height={40} width="60%" />
      <Skeleton height={48} />
      <Skeleton height={168} />
      <Skeleton height={180} />
    </Stack>
  )
}
