import { ActionIcon, Button, Group, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type Ladder, type LevelStep, useChangeLevels } from '../../api/levels.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { type Row, rowsOf, withAnother, withChange, without } from '../../ui/rows.ts'
import { ReasonDialog } from '../parts/reason-dialog.tsx'

interface Props {
  /** What is changed, as it was when the form was opened. */
  ladder: Ladder
  onClose: () => void
}

/** Writes the ladder anew: steps are added, moved, changed and removed, and take effect together. */
export function LevelsForm({ ladder, onClose }: Props) {
  const { t } = useI18n()
  const change = useChangeLevels()
  const [rows, setRows] = useState<Row<LevelStep>[]>(() =>
    rowsOf(ladder.levels.map(({ key, value, description }) => ({ key, value, description }))),
  )
  const move = (index: number) => {
    const moved = rows[index]
    if (moved) setRows([...rows.slice(0, index - 1), moved, ...rows.slice(index - 1).filter((row) => row !== moved)])
  }
  const add = () => setRows(withAnother(rows, { key: '', value: 'verified', description: '' }))
  return (
    <ReasonDialog
      title={t('console.levels.change')}
      lead={t('console.levels.change.lead')}
      confirm={t('console.levels.change')}
      danger
      size="xl"
      canConfirm={rows.length > 0}
      isPending={change.isPending}
      error={change.error}
      onClose={onClose}
      onConfirm={(reason) =>
        change.mutate({ levels: rows.map(({ item }) => item), version: ladder.version, reason }, { onSuccess: onClose })
      }
    >
      <ol className="steps">
        {rows.map(({ id, item }, index) => (
          <li key={id}>
            <strong aria-hidden="true">{index + 1}</strong>
            {(['key', 'value', 'description'] as const).map((name) => (
              <TextInput
                key={name}
                size="xs"
                aria-label={t(`console.level.${name}Of`, { level: index + 1 })}
                placeholder={t(name === 'description' ? 'console.level.description' : `console.label.${name}`)}
                dir={name === 'description' ? 'auto' : 'ltr'}
                value={item[name]}
                onChange={({ currentTarget }) => setRows(withChange(rows, id, { [name]: currentTarget.value }))}
              />
            ))}
            <Group gap={4} wrap="nowrap">
              <ActionIcon
                variant="default"
                disabled={index === 0}
                aria-label={t('console.level.up', { level: index + 1 })}
                title={t('console.level.up', { level: index + 1 })}
                onClick={() => move(index)}
              >
                ↑
              </ActionIcon>
              <Button
                size="compact-xs"
                variant="subtle"
                color="red"
                aria-label={t('console.level.remove', { level: index + 1 })}
                onClick={() => setRows(without(rows, id))}
              >
                {t('console.remove')}
              </Button>
            </Group>
          </li>
        ))}
      </ol>
      <Button size="xs" variant="default" className="start" onClick={add} disabled={rows.length >= 20}>
        {t('console.level.add')}
      </Button>
    </ReasonDialog>
  )
}
