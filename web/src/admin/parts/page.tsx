import { Group } from '@mantine/core'
import type { ReactNode } from 'react'
import { productName } from '../../boot.tsx'
import { PageTitle } from '../../ui/page-title.tsx'

/** One page of the console: its name and actions in one row, its content below. */
export const ConsolePage = ({
  title,
  actions,
  children,
}: {
  title: string
  actions?: ReactNode
  children: ReactNode
}) => (
  <>
    <Group justify="space-between" align="center" mb={16}>
      <PageTitle title={title} product={productName()} />
      {actions && <Group gap={8}>{actions}</Group>}
    </Group>
    {children}
  </>
)
