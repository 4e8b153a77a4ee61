import { Text } from '@mantine/core'
import { useI18n } from '../../i18n/i18n.tsx'
import { STEPS, type Step, type StepState } from './steps.ts'

const MARKS: Record<StepState, string> = {
  done: '✓',
  next: '',
  waiting: '…',
  rejected: '!',
  asked: '!',
  closed: '✕',
  open: '',
}

/** The way from e-mail to identity, and how far it is gone. */
export function Path({ steps }: { steps: Record<Step, StepState> }) {
  const { t } = useI18n()
  return (
    <ol className="path" aria-label={t('home.path')}>
      {STEPS.map((step, index) => (
        <li key={step} data-state={steps[step]} aria-current={steps[step] === 'next' ? 'step' : undefined}>
          <span className="path-mark" aria-hidden="true">
            {MARKS[steps[step]] || index + 1}
          </span>
          <span>
            <Text fw={600} component="span" display="block">
              {t(`home.step.${step}`)}
            </Text>
            <Text size="sm" c="dimmed" component="span" display="block">
              {t(`home.state.${steps[step]}`)}
            </Text>
          </span>
        </li>
      ))}
    </ol>
  )
}
