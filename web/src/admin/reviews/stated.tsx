import { Checkbox, Stack, Text, Title } from '@mantine/core'
import type { ProfileField, Review } from '../../api/reviews.ts'
import { useI18n } from '../../i18n/i18n.tsx'

export const FIELDS = ['first_name', 'last_name', 'dob', 'address', 'postcode', 'city', 'country'] as const

type Profile = Review['profile']

interface Props {
  profile: Profile
  /** What stood there when the last decision fell. */
  before: Profile
  ticks: Readonly<Record<ProfileField, boolean>>
  canTick: boolean
  onTick: (field: ProfileField, isTicked: boolean) => void
}

/** What the person stated, field by field, each to be ticked once it was compared, and what is new of it. */
export function StatedProfile({ profile, before, ticks, canTick, onTick }: Props) {
  const { t } = useI18n()
  return (
    <section className="panel">
      <Title order={2} size="h4">
        {t('console.profile')}
      </Title>
      {!profile && <Text c="dimmed">{t('console.profile.none')}</Text>}
      {profile && (
        <Stack gap={10}>
          {FIELDS.map((field) => (
            <Checkbox
              key={field}
              checked={ticks[field]}
              disabled={!canTick}
              onChange={({ currentTarget }) => onTick(field, currentTarget.checked)}
              label={<bdi>{profile[field]}</bdi>}
              description={
                <>
                  {t(`console.field.${field}`)}
                  {before && before[field] !== profile[field] && (
                    <span className="was">
                      {' · '}
                      {t('console.review.was')} <bdi>{before[field]}</bdi>
                    </span>
                  )}
                </>
              }
            />
          ))}
        </Stack>
      )}
    </section>
  )
}
