import { Button, Group, Stack, TextInput } from '@mantine/core'
import type { SiteLink } from '../../api/websites.ts'
import { useI18n } from '../../i18n/i18n.tsx'

const MOST = 8

/** A link while it is written; its id tells it from the others. */
export interface LinkRow extends SiteLink {
  id: number
}

/** The rows of links that are there. */
export const rowsOf = (links: readonly SiteLink[]): LinkRow[] => links.map((link, id) => ({ ...link, id }))

/** The links of rows. */
export const linksOf = (rows: readonly LinkRow[]): SiteLink[] => rows.map(({ text, url }) => ({ text, url }))

interface Props {
  label: string
  rows: readonly LinkRow[]
  onChange: (rows: LinkRow[]) => void
}

/** A list of links that one writes. */
export function LinkFields({ label, rows, onChange }: Props) {
  const { t } = useI18n()
  const edit = (id: number, patch: Partial<SiteLink>) =>
    onChange(rows.map((row) => (row.id === id ? { ...row, ...patch } : row)))
  const add = () => onChange([...rows, { id: Math.max(-1, ...rows.map(({ id }) => id)) + 1, text: '', url: '' }])
  return (
    <fieldset className="link-fields">
      <legend>{label}</legend>
      <Stack gap={6}>
        {rows.map(({ id, text, url }, index) => (
          <Group key={id} gap={6} wrap="nowrap">
            <TextInput
              size="xs"
              aria-label={t('console.website.linkText', { label, number: index + 1 })}
              placeholder={t('console.website.text')}
              value={text}
              onChange={({ currentTarget }) => edit(id, { text: currentTarget.value })}
            />
            <TextInput
              size="xs"
              dir="ltr"
              flex={1}
              aria-label={t('console.website.linkUrl', { label, number: index + 1 })}
              placeholder="https://"
              value={url}
              onChange={({ currentTarget }) => edit(id, { url: currentTarget.value })}
            />
            <Button
              size="compact-xs"
              variant="subtle"
              color="red"
              aria-label={t('console.website.linkRemove', { label, number: index + 1 })}
              onClick={() => onChange(rows.filter((row) => row.id !== id))}
            >
              {t('console.remove')}
            </Button>
          </Group>
        ))}
        {rows.length < MOST && (
          <Button
            size="compact-xs"
            variant="default"
            className="start"
            aria-label={`${label}: ${t('console.website.linkAdd')}`}
            onClick={add}
          >
            {t('console.website.linkAdd')}
          </Button>
        )}
      </Stack>
    </fieldset>
  )
}
