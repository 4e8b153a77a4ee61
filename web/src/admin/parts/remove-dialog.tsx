import { Text } from '@mantine/core'
import type { UseMutationResult } from '@tanstack/react-query'
import { useI18n } from '../../i18n/i18n.tsx'
import { FormDialog } from './form-dialog.tsx'

interface Props<K> {
  /** What will be gone, and what becomes of what depends on it. */
  lead: string
  /** The one that is removed. */
  id: K
  remove: UseMutationResult<unknown, Error, K>
  onClose: () => void
}

/** Asks once more before something is removed. */
export function RemoveDialog<K>({ lead, id, remove, onClose }: Props<K>) {
  const { t } = useI18n()
  return (
    <FormDialog
      title={t('console.remove')}
      confirm={t('console.remove')}
      danger
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(id, { onSuccess: onClose })}
      onClose={onClose}
    >
      <Text>{lead}</Text>
    </FormDialog>
  )
}
