import { Checkbox, Stack, Switch, Text, Textarea } from '@mantine/core'
import { useState } from 'react'
import type { Decision } from '../../api/reviews.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'

const REASONS = [
  'document_unreadable',
  'document_expired',
  'document_type_not_accepted',
  'document_incomplete',
  'data_mismatch',
  'underage',
  'forged_or_altered',
  'duplicate_account',
  'face_missing',
  'country_not_served',
  'other',
] as const
type Reason = (typeof REASONS)[number]

/** Reasons after which handing in again helps nobody. */
const FINAL: readonly Reason[] = ['underage', 'forged_or_altered', 'duplicate_account', 'country_not_served']

type Parts = Pick<Decision, 'reasons' | 'message' | 'note' | 'retry'>

interface Props {
  decision: Decision['decision']
  email: string
  isPending: boolean
  error: Error | null
  onDecide: (parts: Parts) => void
  onClose: () => void
}

/** What is decided, why, and what the person will read. */
export function DecisionForm({ decision, email, isPending, error, onDecide, onClose }: Props) {
  const { t } = useI18n()
  const [reasons, setReasons] = useState<Reason[]>([])
  const [written, setWritten] = useState<string>()
  const [note, setNote] = useState('')
  const [retryChosen, setRetry] = useState<boolean>()
  const isApproval = decision === 'approved'
  const retry = retryChosen ?? !reasons.some((reason) => FINAL.includes(reason))
  const message = written ?? reasons.map((reason) => t(`console.reason.${reason}`)).join(' ')
  const title = t(`console.decision.${decision}`)
  const send = () =>
    onDecide({
      ...(note.trim() === '' ? {} : { note }),
      ...(isApproval ? {} : { reasons, message }),
      ...(decision === 'rejected' ? { retry } : {}),
    })
  return (
    <FormDialog
      title={title}
      confirm={title}
      danger={decision === 'rejected'}
      size="lg"
      canConfirm={isApproval || reasons.length > 0}
      atOnce={isApproval}
      isPending={isPending}
      error={error}
      onConfirm={send}
      onClose={onClose}
    >
      <Text>{t(`console.decision.${decision}.lead`, { email })}</Text>
      {!isApproval && (
        <>
          <Checkbox.Group
            label={t('console.reasons')}
            value={reasons}
            onChange={(values) => setReasons(REASONS.filter((reason) => values.includes(reason)))}
          >
            <Stack gap={6} mt={6}>
              {REASONS.map((reason) => (
                <Checkbox key={reason} value={reason} label={t(`console.reason.${reason}`)} />
              ))}
            </Stack>
          </Checkbox.Group>
          <Textarea
            label={t('console.decision.message')}
            description={t('console.decision.message.hint')}
            autosize
            minRows={2}
            value={message}
            onChange={({ currentTarget }) => setWritten(currentTarget.value)}
          />
          {decision === 'rejected' && (
            <Switch
              label={t('console.decision.retry')}
              checked={retry}
              onChange={({ currentTarget }) => setRetry(currentTarget.checked)}
            />
          )}
        </>
      )}
      <Textarea
        label={t('console.decision.note')}
        autosize
        minRows={1}
        value={note}
        onChange={({ currentTarget }) => setNote(currentTarget.value)}
      />
    </FormDialog>
  )
}
