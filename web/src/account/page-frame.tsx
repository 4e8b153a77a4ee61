import { Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { productName } from '../boot.tsx'
import { useI18n } from '../i18n/i18n.tsx'
import { PageTitle } from '../ui/page-title.tsx'

interface Props {
  title: string
  lead?: string
  /** Where the page is reached from. */
  back?: '/account' | '/account/security'
  children: ReactNode
}

/** One page of an account holder: its way back, its name, and one thing to do. */
export function AccountPage({ title, lead, back, children }: Props) {
  const { t } = useI18n()
  return (
    <Stack gap={24}>
      <div>
        {back && (
          <Link to={back} className="back">
            <span className="back-arrow" aria-hidden="true" />
            {t(back === '/account' ? 'nav.home' : 'nav.security')}
          </Link>
        )}
        <PageTitle title={title} product={productName()}>
          {lead && <Text c="dimmed">{lead}</Text>}
        </PageTitle>
      </div>
      {children}
    </Stack>
  )
}
