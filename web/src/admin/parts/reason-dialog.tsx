import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { RefusedOrProof, wantsProof } from '../../feedback/proof.tsx'
import { useI18n } from '../../i18n/i18n.tsx'

interface Props {
  title: string
  /** What will happen, and to whom. */
  lead: string
  /** Further fields above the reason. */
  children?: ReactNode
  confirm: string
  danger?: boolean
  isPending: boolean
  error: Error | null
  onConfirm: (reason: string) => void
  onClose: () => void
}

/** Asks for the reason of an action, which names what it is done to. */
export function ReasonDialog({ title, lead, children, confirm, danger, isPending, error, onConfirm, onClose }: Props) {
  const { t } = useI18n()
  const [reason, setReason] = useState('')
  const isTooShort = reason.trim().length < 3
  return (
    <Modal
      opened
      lockScroll={false}
      onClose={onClose}
      title={title}
      centered
      closeButtonProps={{ 'aria-label': t('console.close') }}
    >
      <Stack gap={16}>
        <Text>{lead}</Text>
        {children}
        <Textarea
          label={t('console.reason')}
          description={t('console.reason.hint')}
          autosize
          minRows={2}
          maxLength={500}
          required
          data-autofocus
          value={reason}
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
        />
        <RefusedOrProof error={error} again={() => onConfirm(reason)} />
        {!wantsProof(error) && (
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('console.cancel')}
            </Button>
            <Button
              {...(danger ? { color: 'red' } : {})}
              disabled={isTooShort}
              loading={isPending}
              onClick={() => onConfirm(reason)}
            >
              {confirm}
            </Button>
          </Group>
        )}
      </Stack>
    </Modal>
  )
}
