import { Button, Group, Stack, TextInput } from '@mantine/core'
import type { SiteLink } from '../../api/websites.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { type Row, withAnother, withChange, without } from '../../ui/rows.ts'

const MOST = 8

interface Props {
  label: string
  rows: readonly Row<SiteLink>[]
  onChange: (rows: Row<SiteLink>[]) => void
}

/** A list of links that one writes. */
export function LinkFields({ label, rows, onChange }: Props) {
  const { t } = useI18n()
  const edit = (id: number, patch: Partial<SiteLink>) => onChange(withChange(rows, id, patch))
  return (
    <fieldset className="link-fields">
      <legend>{label}</legend>
      <Stack gap={6}>
        {rows.map(({ id, item: { text, url } }, index) => (
          <Group key={id} gap={6}>
            <TextInput
              size="xs"
              flex="1 1 6rem"
              aria-label={t('console.website.linkText', { label, number: index + 1 })}
              placeholder={t('console.website.text')}
              value={text}
              onChange={({ currentTarget }) => edit(id, { text: currentTarget.value })}
            />
            <TextInput
              size="xs"
              dir="ltr"
              flex="2 1 9rem"
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
              onClick={() => onChange(without(rows, id))}
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
            onClick={() => onChange(withAnother(rows, { text: '', url: '' }))}
          >
            {t('console.website.linkAdd')}
          </Button>
        )}
      </Stack>
    </fieldset>
  )
}
