import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { labelsQuery } from '../../api/account.ts'
import { ownReviewQuery } from '../../api/own-review.ts'
import { profileQuery } from '../../api/profile.ts'
import { Refused } from '../../feedback/refused.tsx'
import { countryName } from '../../i18n/countries.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { isTurnedBack, stepsOf } from '../home/steps.ts'
import { AccountPage } from '../page-frame.tsx'
import { Verdict } from '../verdict/verdict.tsx'
import { ProfileForm } from './form.tsx'

/** Who the person is: to be said once, to be read afterwards, and to be mended when it was rejected. */
export default function ProfilePage() {
  const { t, date, language } = useI18n()
  const { data: profile, error: profileError } = useQuery(profileQuery)
  const { data: labels, error: labelsError } = useQuery(labelsQuery)
  const { data: review, error: reviewError } = useQuery(ownReviewQuery)
  const error = profileError ?? labelsError ?? reviewError
  if (profile === undefined || !labels || !review) return error ? <Refused error={error} /> : <Skeleton height={320} />
  const isAgain = isTurnedBack(stepsOf(labels, review.may_hand_in).identity)
  if (profile === null || isAgain) {
    return (
      <AccountPage title={t('profile.title')} lead={t(isAgain ? 'profile.again' : 'profile.lead')} back="/account">
        <Refused error={error} />
        {isAgain && <Verdict review={review} />}
        <ProfileForm profile={profile} />
      </AccountPage>
    )
  }
  const facts = [
    [t('profile.first_name'), profile.first_name],
    [t('profile.last_name'), profile.last_name],
    [t('profile.dob'), date(profile.dob)],
    [t('profile.address'), profile.address],
    [t('profile.postcode'), profile.postcode],
    [t('profile.city'), profile.city],
    [t('profile.country'), countryName(profile.country, language)],
  ] as const
  return (
    <AccountPage title={t('profile.title')} lead={t('profile.given')} back="/account">
      <Refused error={error} />
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </AccountPage>
  )
}
