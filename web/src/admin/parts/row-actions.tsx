import { Button, Group } from '@mantine/core'
import type { ReactNode } from 'react'
import { useI18n } from '../../i18n/i18n.tsx'

interface Props {
  onEdit: () => void
  onRemove: () => void
  /** What else can be done. */
  children?: ReactNode
}

/** What can be done to the item of a row. */
export function RowActions({ onEdit, onRemove, children }: Props) {
  const { t } = useI18n()
  return (
    <Group gap={4} wrap="nowrap" className="row-actions">
      <Button size="compact-xs" variant="default" onClick={onEdit}>
        {t('console.edit')}
      </Button>
      {children}
      <Button size="compact-xs" variant="subtle" color="red" onClick={onRemove}>
        {t('console.remove')}
      </Button>
    </Group>
  )
}
