/** How far a step of the way is. */
export type StepState = 'done' | 'next' | 'waiting' | 'rejected' | 'open'

export const STEPS = ['email', 'phone', 'identity'] as const
export type Step = (typeof STEPS)[number]

interface Label {
  key: string
  value: string
  scope: string
}

/** The way from e-mail to identity as the account's labels tell it; the first step that waits for the person is the next. */
export function stepsOf(labels: readonly Label[]): Record<Step, StepState> {
  const labelOf = (key: string) => labels.find((label) => label.key === key && label.scope === 'private')?.value
  const steps: Record<Step, StepState> = {
    email: labelOf('email') === 'verified' ? 'done' : 'open',
    phone: labelOf('phone') === 'verified' ? 'done' : 'open',
    identity: identityOf(labelOf('document')),
  }
  const next = STEPS.find((step) => steps[step] === 'open')
  if (next) steps[next] = 'next'
  return steps
}

function identityOf(label: string | undefined): StepState {
  if (label === 'verified') return 'done'
  if (label === 'rejected') return 'rejected'
  return label === undefined ? 'open' : 'waiting'
}
