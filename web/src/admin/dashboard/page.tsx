import { Skeleton, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { permissionsQuery } from '../../api/console.ts'
import { dashboardQuery } from '../../api/operation.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Facts } from '../parts/facts.tsx'
import { ConsolePage } from '../parts/page.tsx'
import { Bars } from './bars.tsx'
import { Counts } from './counts.tsx'

const DAYS = 30

/** Where officers and operators begin: the last days at a glance. */
export function DashboardPage() {
  const { t } = useI18n()
  const { data: permissions } = useQuery(permissionsQuery)
  const isAllowed = permissions?.actions.includes('dashboard.read') === true
  return (
    <ConsolePage title={t('admin.dashboard.title')}>
      {isAllowed ? <Figures /> : <Text c="dimmed">{t('console.dashboard.choose')}</Text>}
    </ConsolePage>
  )
}

function Figures() {
  const { t, day: dayOf } = useI18n()
  const { data, error } = useQuery(dashboardQuery(DAYS))
  if (!data) return error ? <Refused error={error} /> : <Skeleton height={480} />
  const { days, reviews, levels } = data
  return (
    <Stack gap={16}>
      <Refused error={error} />
      <div className="charts">
        {(['sign_ups', 'sign_ins', 'failures'] as const).map((name) => (
          <section className="panel" key={name}>
            <Title order={2} size="h4">
              {t(`console.dashboard.${name}`)}
            </Title>
            <Bars
              items={days.map((day) => ({ name: dayOf(day.day), value: day[name] }))}
              label={t(`console.dashboard.${name}`)}
            />
          </section>
        ))}
        <section className="panel">
          <Title order={2} size="h4">
            {t('console.dashboard.reviewTimes')}
          </Title>
          <Bars
            items={days.map(({ day, review_seconds }) => ({
              name: dayOf(day),
              value: Math.ceil((review_seconds ?? 0) / 60),
            }))}
            label={t('console.dashboard.reviewTimes')}
            summary={
              reviews.median_seconds === null
                ? t('console.none')
                : t('console.dashboard.minutes', { count: Math.ceil(reviews.median_seconds / 60) })
            }
          />
        </section>
        <section className="panel">
          <Title order={2} size="h4">
            {t('console.dashboard.levels')}
          </Title>
          <Counts
            items={levels.map(({ level, accounts }) => ({ name: t('home.level', { level }), value: accounts }))}
          />
        </section>
      </div>
      <section className="panel">
        <Title order={2} size="h4">
          {t('console.reviews')}
        </Title>
        <Facts
          facts={{
            [t('console.dashboard.decided')]: reviews.decided,
            [t('console.decided.approved')]: reviews.approved,
            [t('console.decided.rejected')]: reviews.rejected,
            [t('console.decided.more_requested')]: reviews.more_requested,
            [t('console.dashboard.median')]:
              reviews.median_seconds === null
                ? null
                : t('console.dashboard.minutes', { count: Math.ceil(reviews.median_seconds / 60) }),
            [t('console.dashboard.slowest')]:
              reviews.slowest_tenth_seconds === null
                ? null
                : t('console.dashboard.minutes', { count: Math.ceil(reviews.slowest_tenth_seconds / 60) }),
          }}
        />
        {reviews.timed < reviews.decided && (
          <Text size="sm" c="dimmed" mt={8}>
            {t('console.dashboard.timed', { number: reviews.timed })}
          </Text>
        )}
      </section>
    </Stack>
  )
}
