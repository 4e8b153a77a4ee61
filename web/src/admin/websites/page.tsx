import { Button, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { permissionsQuery } from '../../api/console.ts'
import { useRemoveWebsite, type Website, websitesQuery } from '../../api/websites.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Ago } from '../parts/moment.tsx'
import { ConsolePage } from '../parts/page.tsx'
import { RemoveDialog } from '../parts/remove-dialog.tsx'
import { RowActions } from '../parts/row-actions.tsx'
import { ItemTable } from '../parts/table.tsx'
import { WebsiteForm } from './form.tsx'
import { Swatch } from './swatch.tsx'
import './websites.css'

type Asked = { what: 'add' } | { what: 'edit' | 'remove'; website: Website }

/** How pages and mails look under each domain. */
export default function WebsitesPage() {
  const { t } = useI18n()
  const { data: websites, error } = useQuery(websitesQuery)
  const { data: permissions } = useQuery(permissionsQuery)
  const mayWrite = permissions?.actions.includes('websites.write') === true
  const [asked, setAsked] = useState<Asked>()
  const close = () => setAsked(undefined)
  return (
    <ConsolePage
      title={t('console.websites')}
      actions={mayWrite && <Button onClick={() => setAsked({ what: 'add' })}>{t('console.website.add')}</Button>}
    >
      <Stack gap={16}>
        <Text c="dimmed" maw={720}>
          {t('console.websites.lead')}
        </Text>
        <Refused error={error} />
        {!websites && !error && <Skeleton height={180} />}
        {websites && (
          <ItemTable
            items={websites}
            keyOf={({ domain }) => domain}
            none={t('console.websites.none')}
            columns={[
              { name: t('console.website.domain'), show: ({ domain }) => <code>{domain}</code> },
              { name: t('console.website.title'), show: ({ title }) => <bdi>{title}</bdi> },
              { name: t('console.website.accent'), show: ({ accent }) => <Swatch color={accent} /> },
              {
                name: t('console.website.links'),
                show: ({ header_links, footer_links }) => header_links.length + footer_links.length,
              },
              { name: t('console.changed'), show: ({ updated_at }) => <Ago at={updated_at} /> },
              {
                name: t('console.actions'),
                show: (website) =>
                  mayWrite && (
                    <RowActions
                      onEdit={() => setAsked({ what: 'edit', website })}
                      onRemove={() => setAsked({ what: 'remove', website })}
                    />
                  ),
              },
            ]}
          />
        )}
      </Stack>
      {asked?.what === 'add' && <WebsiteForm website={undefined} onClose={close} />}
      {asked?.what === 'edit' && <WebsiteForm website={asked.website} onClose={close} />}
      {asked?.what === 'remove' && <RemoveWebsite website={asked.website} onClose={close} />}
    </ConsolePage>
  )
}

function RemoveWebsite({ website: { id, domain }, onClose }: { website: Website; onClose: () => void }) {
  const { t } = useI18n()
  const remove = useRemoveWebsite()
  return <RemoveDialog lead={t('console.website.remove.lead', { domain })} id={id} remove={remove} onClose={onClose} />
}
