import { Button, Group, Modal, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { RefusedOrProof, wantsProof } from '../../feedback/proof.tsx'
import { useI18n } from '../../i18n/i18n.tsx'

interface Props {
  title: string
  /** The word on the button that does it. */
  confirm: string
  danger?: boolean
  size?: 'md' | 'lg' | 'xl'
  canConfirm?: boolean
  /** Whether Enter does it at once, where there is nothing to fill in. */
  atOnce?: boolean
  isPending: boolean
  error: Error | null
  onConfirm: () => void
  onClose: () => void
  children: ReactNode
}

/** A dialog that does one thing: its fields, what went wrong, and the two ways out. */
export function FormDialog({ title, confirm, danger, size, canConfirm = true, ...rest }: Props) {
  const { t } = useI18n()
  const { atOnce, isPending, error, onConfirm, onClose, children } = rest
  // What is under way is waited for: its answer may be a secret that is shown once.
  const close = () => {
    if (!isPending) onClose()
  }
  return (
    <Modal
      opened
      lockScroll={false}
      closeOnClickOutside={false}
      onClose={close}
      title={title}
      size={size ?? 'md'}
      centered
      closeButtonProps={{ 'aria-label': t('console.close') }}
    >
      <Stack gap={16}>
        {children}
        <RefusedOrProof error={error} again={onConfirm} />
        {!wantsProof(error) && (
          <Group justify="flex-end">
            <Button variant="default" disabled={isPending} onClick={close}>
              {t('console.cancel')}
            </Button>
            <Button
              {...(danger ? { color: 'red' } : {})}
              data-autofocus={atOnce || undefined}
              disabled={!canConfirm}
              loading={isPending}
              onClick={onConfirm}
            >
              {confirm}
            </Button>
          </Group>
        )}
      </Stack>
    </Modal>
  )
}
