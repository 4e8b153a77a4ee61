import { Button, FileButton, Group, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { useAddWebsite, useChangeWebsite, type Website } from '../../api/websites.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { rowsOf } from '../../ui/rows.ts'
import { FormDialog } from '../parts/form-dialog.tsx'
import { ColorField, colorOf, isNoColor } from './color-field.tsx'
import { LinkFields } from './links.tsx'
import { useLogo } from './logo.ts'
import { WebsitePreview } from './preview.tsx'

/** Sets how a domain looks, with the sign-in page beside it as it will be. */
export function WebsiteForm({ website, onClose }: { website: Website | undefined; onClose: () => void }) {
  const { t } = useI18n()
  const add = useAddWebsite()
  const change = useChangeWebsite()
  const [domain, setDomain] = useState(website?.domain ?? '')
  const [title, setTitle] = useState(website?.title ?? '')
  const [accent, setAccent] = useState(website?.accent ?? '')
  const [header, setHeader] = useState(website?.header_background ?? '')
  const [headerRows, setHeaderRows] = useState(() => rowsOf(website?.header_links ?? []))
  const [footerRows, setFooterRows] = useState(() => rowsOf(website?.footer_links ?? []))
  const logo = useLogo(website?.logo_url ?? null)
  const links = {
    header_links: headerRows.map(({ item }) => item),
    footer_links: footerRows.map(({ item }) => item),
  }
  const colors = { accent: colorOf(accent), header_background: colorOf(header) }
  const [settledAccent] = useDebouncedValue(colors.accent, 250)
  const [settledHeader] = useDebouncedValue(colors.header_background, 250)
  const isWhole = domain.trim() !== '' && title.trim() !== '' && !isNoColor(accent) && !isNoColor(header)
  const save = () => {
    const looks = { title, ...colors, ...links, logo: logo.file }
    if (website) change.mutate({ id: website.id, change: looks }, { onSuccess: onClose })
    else add.mutate({ domain, ...looks }, { onSuccess: onClose })
  }
  const heading = t(website ? 'console.website.edit' : 'console.website.add')
  return (
    <FormDialog
      title={heading}
      confirm={t('console.save')}
      size="xl"
      canConfirm={isWhole}
      isPending={add.isPending || change.isPending}
      error={add.error ?? change.error}
      onConfirm={save}
      onClose={onClose}
    >
      <div className="website-form">
        <Stack gap={12}>
          <TextInput
            label={t('console.website.domain')}
            description={t('console.website.domain.hint')}
            dir="ltr"
            required
            disabled={website !== undefined}
            data-autofocus={website === undefined || undefined}
            value={domain}
            onChange={({ currentTarget }) => setDomain(currentTarget.value)}
          />
          <TextInput
            label={t('console.website.title')}
            required
            maxLength={60}
            value={title}
            onChange={({ currentTarget }) => setTitle(currentTarget.value)}
          />
          <Group gap={8} align="end">
            <FileButton accept="image/png,image/jpeg,image/webp" resetRef={logo.reset} onChange={logo.choose}>
              {(props) => (
                <Button size="xs" variant="default" {...props}>
                  {t('console.website.logo')}
                </Button>
              )}
            </FileButton>
            {logo.shown && (
              <Button size="xs" variant="subtle" color="red" onClick={logo.remove}>
                {t('console.website.logo.remove')}
              </Button>
            )}
            <Text size="xs" c="dimmed">
              {t('console.website.logo.hint')}
            </Text>
          </Group>
          <Group gap={8} grow align="start">
            <ColorField label={t('console.website.accent')} value={accent} onChange={setAccent} />
            <ColorField label={t('console.website.header')} value={header} onChange={setHeader} />
          </Group>
          <LinkFields label={t('console.website.headerLinks')} rows={headerRows} onChange={setHeaderRows} />
          <LinkFields label={t('console.website.footerLinks')} rows={footerRows} onChange={setFooterRows} />
        </Stack>
        <WebsitePreview
          title={title}
          logo={logo.shown}
          accent={settledAccent}
          header_background={settledHeader}
          {...links}
        />
      </div>
    </FormDialog>
  )
}
