import { Button, Paper, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useI18n } from '../../i18n/i18n.tsx'
import type { Step, StepState } from './steps.ts'

interface Props {
  steps: Record<Step, StepState>
  hasProfile: boolean
  hasTwoFactor: boolean
}

/** What to do now: one thing. */
export function NextStep(props: Props) {
  const { t } = useI18n()
  const next = nextOf(props)
  return (
    <Paper withBorder p={20} component="section" className="next-step">
      <Stack gap={12}>
        <Title order={2}>{t(`home.next.${next.name}.title`)}</Title>
        <Text>{t(`home.next.${next.name}.text`)}</Text>
        {next.to !== undefined && (
          <Button component={Link} to={next.to} size="md">
            {t(`home.next.${next.name}.button`)}
          </Button>
        )}
      </Stack>
    </Paper>
  )
}

function nextOf({ steps, hasProfile, hasTwoFactor }: Props) {
  if (steps.phone === 'next') return { name: 'phone', to: '/account/phone' } as const
  if (steps.identity === 'rejected') return { name: 'rejected', to: '/account/documents' } as const
  if (!hasProfile) return { name: 'profile', to: '/account/profile' } as const
  if (steps.identity === 'next' || steps.identity === 'open')
    return { name: 'documents', to: '/account/documents' } as const
  if (!hasTwoFactor) return { name: 'twoFactor', to: '/account/security/two-factor' } as const
  return { name: steps.identity === 'waiting' ? 'waiting' : 'done', to: undefined } as const
}
