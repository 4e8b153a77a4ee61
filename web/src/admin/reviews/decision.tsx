import { Checkbox, Stack, Switch, Text, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { REASONS, type Reason } from '../../api/reasons.ts'
import type { Decision } from '../../api/reviews.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { directionOf, isLanguage, LANGUAGES, load } from '../../i18n/language.ts'
import { FormDialog } from '../parts/form-dialog.tsx'

/** Reasons after which handing in again helps nobody. */
const FINAL: readonly Reason[] = ['underage', 'forged_or_altered', 'duplicate_account', 'country_not_served']

type Parts = Pick<Decision, 'reasons' | 'message' | 'note' | 'retry'>

/** What was chosen and written so far; undefined is what follows from the reasons. */
export interface Draft {
  reasons: readonly Reason[]
  written: string | undefined
  note: string
  retry: boolean | undefined
}
export const EMPTY: Draft = { reasons: [], written: undefined, note: '', retry: undefined }

interface Props {
  decision: Decision['decision']
  email: string
  /** What the person reads; null: nobody knows. */
  language: string | null
  draft: Draft
  onDraft: (draft: Draft) => void
  isPending: boolean
  error: Error | null
  onDecide: (parts: Parts) => void
  onClose: () => void
}

/** What is decided, why, and what the person will read. */
export function DecisionForm({
  decision,
  email,
  language,
  draft,
  onDraft,
  isPending,
  error,
  onDecide,
  onClose,
}: Props) {
  const { t } = useI18n()
  const { reasons, note } = draft
  const change = (part: Partial<Draft>) => onDraft({ ...draft, ...part })
  const isApproval = decision === 'approved'
  const retry = draft.retry ?? !reasons.some((reason) => FINAL.includes(reason))
  const theirs = language !== null && isLanguage(language) ? language : 'en'
  const { data: texts } = useQuery({
    queryKey: ['texts', theirs],
    queryFn: load[theirs],
    staleTime: Number.POSITIVE_INFINITY,
  })
  // Another reason says nothing by itself: it has to be told.
  const told = reasons.filter((reason) => reason !== 'other')
  const filled = told.map((reason) => texts?.[`console.reason.${reason}`] ?? '').join(' ')
  const message = draft.written ?? filled
  const isTold = message.trim() !== '' && (told.length === reasons.length || message.trim() !== filled)
  const title = t(`console.decision.${decision}`)
  const send = () =>
    onDecide({
      ...(note.trim() === '' ? {} : { note }),
      ...(isApproval ? {} : { reasons: [...reasons], message }),
      ...(decision === 'rejected' ? { retry } : {}),
    })
  return (
    <FormDialog
      title={title}
      confirm={title}
      danger={decision === 'rejected'}
      size="lg"
      canConfirm={isApproval || (reasons.length > 0 && isTold)}
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
            value={[...reasons]}
            onChange={(values) => change({ reasons: REASONS.filter((reason) => values.includes(reason)) })}
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
            onChange={({ currentTarget }) => change({ written: currentTarget.value })}
          />
          {decision === 'rejected' && (
            <Switch
              label={t('console.decision.retry')}
              checked={retry}
              onChange={({ currentTarget }) => change({ retry: currentTarget.checked })}
            />
          )}
        </>
      )}
      <Textarea
        label={t('console.decision.note')}
        autosize
        minRows={1}
        value={note}
        onChange={({ currentTarget }) => change({ note: currentTarget.value })}
      />
    </FormDialog>
  )
}
