import { Text, Textarea } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useI18n } from '../../i18n/i18n.tsx'
import { FormDialog } from './form-dialog.tsx'

interface Props {
  title: string
  /** What will happen, and to whom. */
  lead: string
  /** Further fields above the reason, the first of which has the focus. */
  children?: ReactNode
  confirm: string
  danger?: boolean
  size?: 'md' | 'lg' | 'xl'
  canConfirm?: boolean
  isPending: boolean
  error: Error | null
  onConfirm: (reason: string) => void
  onClose: () => void
}

/** Asks for the reason of an action, which names what it is done to. */
export function ReasonDialog({ lead, children, canConfirm = true, onConfirm, ...dialog }: Props) {
  const { t } = useI18n()
  const [reason, setReason] = useState('')
  const isFirst = !children || [children].flat().every((child) => !child)
  return (
    <FormDialog {...dialog} canConfirm={canConfirm && reason.trim().length >= 3} onConfirm={() => onConfirm(reason)}>
      <Text>{lead}</Text>
      {children}
      <Textarea
        label={t('console.reason')}
        description={t('console.reason.hint')}
        autosize
        minRows={2}
        maxLength={500}
        required
        data-autofocus={isFirst || undefined}
        value={reason}
        onChange={({ currentTarget }) => setReason(currentTarget.value)}
      />
    </FormDialog>
  )
}
