import { Anchor, Button, Paper, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { OwnReview } from '../../api/own-review.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { Verdict } from '../verdict/verdict.tsx'
import { isTurnedBack, type Step, type StepState } from './steps.ts'

interface Props {
  steps: Record<Step, StepState>
  review: OwnReview
  hasProfile: boolean
  hasTwoFactor: boolean
}

/** What to do now: one thing. */
export function NextStep(props: Props) {
  const { t } = useI18n()
  const next = nextOf(props)
  const { steps, review } = props
  const isDecided = isTurnedBack(steps.identity) || steps.identity === 'closed'
  return (
    <Paper withBorder p={20} component="section" className="next-step" aria-labelledby="next">
      <Stack gap={12}>
        <Title order={2} id="next">
          {t(`home.next.${next.name}.title`)}
        </Title>
        <Text>{t(`home.next.${next.name}.text`)}</Text>
        {isDecided && next.name === steps.identity && <Verdict review={review} />}
        {next.to !== undefined && (
          <Button component={Link} to={next.to} size="md">
            {t(`home.next.${next.name}.button`)}
          </Button>
        )}
        {isTurnedBack(steps.identity) && review.reasons.includes('data_mismatch') && (
          <Anchor component={Link} to="/account/profile" ta="center">
            {t('verdict.profile')}
          </Anchor>
        )}
      </Stack>
    </Paper>
  )
}

function nextOf({ steps: { phone, identity }, hasProfile, hasTwoFactor }: Props) {
  if (phone === 'next') return { name: 'phone', to: '/account/phone' } as const
  if (isTurnedBack(identity)) return { name: identity, to: '/account/documents' } as const
  if (identity === 'closed') return { name: 'closed', to: undefined } as const
  if (!hasProfile) return { name: 'profile', to: '/account/profile' } as const
  if (identity === 'next' || identity === 'open') return { name: 'documents', to: '/account/documents' } as const
  if (!hasTwoFactor) return { name: 'twoFactor', to: '/account/security/two-factor' } as const
  return { name: identity === 'waiting' ? 'waiting' : 'done', to: undefined } as const
}
