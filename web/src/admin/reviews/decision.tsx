import { Checkbox, Stack, Switch, Text, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Decision } from '../../api/reviews.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { directionOf, isLanguage, LANGUAGES, load } from '../../i18n/language.ts'
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
  /** What the person reads; null: nobody knows. */
  language: string | null
  isPending: boolean
  error: Error | null
  onDecide: (parts: Parts) => void
  onClose: () => void
}

/** What is decided, why, and what the person will read. */
export function DecisionForm({ decision, email, language, isPending, error, onDecide, onClose }: Props) {
  const { t } = useI18n()
  const [reasons, setReasons] = useState<Reason[]>([])
  const [written, setWritten] = useState<string>()
  const [note, setNote] = useState('')
  const [retryChosen, setRetry] = useState<boolean>()
  const isApproval = decision === 'approved'
  const retry = retryChosen ?? !reasons.some((reason) => FINAL.includes(reason))
  const theirs = language !== null && isLanguage(language) ? language : 'en'
  const { data: texts } = useQuery({
    queryKey: ['texts', theirs],
    queryFn: load[theirs],
    staleTime: Number.POSITIVE_INFINITY,
  })
  const message = written ?? reasons.map((reason) => texts?.[`console.reason.${reason}`] ?? '').join(' ')
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
      canConfirm={isApproval || (reasons.length > 0 && message.trim() !== '')}
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
            description={t('console.decision.message.hint', { language: LANGUAGES[theirs] })}
            lang={theirs}
            dir={directionOf(theirs)}
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
