/** How far a step of the way is; `asked`: more is wanted, `closed`: rejected for good. */
export type StepState = 'done' | 'next' | 'waiting' | 'rejected' | 'asked' | 'closed' | 'open'

export const STEPS = ['email', 'phone', 'identity'] as const
export type Step = (typeof STEPS)[number]

interface Label {
  key: string
  value: string
  scope: string
}

/**
 * The way from e-mail to identity as the account's labels tell it; the first step that waits for the person is the next.
 * `mayHandIn` tells whether documents are taken after a refusal.
 */
export function stepsOf(labels: readonly Label[], mayHandIn = true): Record<Step, StepState> {
  const labelOf = (key: string) => labels.find((label) => label.key === key && label.scope === 'private')?.value
  const steps: Record<Step, StepState> = {
    email: labelOf('email') === 'verified' ? 'done' : 'open',
    phone: labelOf('phone') === 'verified' ? 'done' : 'open',
    identity: identityOf(labelOf('document'), mayHandIn),
  }
  const next = STEPS.find((step) => steps[step] === 'open')
  if (next) steps[next] = 'next'
  return steps
}

/** Whether it is the person's turn after a decision: profile and documents are taken once more. */
export const isTurnedBack = (state: StepState): state is 'rejected' | 'asked' =>
  state === 'rejected' || state === 'asked'

function identityOf(label: string | undefined, mayHandIn: boolean): StepState {
  if (label === undefined) return 'open'
  if (label === 'verified') return 'done'
  if (label === 'rejected') return mayHandIn ? 'rejected' : 'closed'
  return label === 'incomplete' ? 'asked' : 'waiting'
}
