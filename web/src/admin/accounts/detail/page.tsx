import { Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { meQuery } from '../../../api/account.ts'
import { permissionsQuery } from '../../../api/console.ts'
import { accountQuery } from '../../../api/directory.ts'
import { Refused } from '../../../feedback/refused.tsx'
import { useI18n } from '../../../i18n/i18n.tsx'
import { ConsoleLink } from '../../parts/link.tsx'
import { ConsolePage } from '../../parts/page.tsx'
import { AccountActions } from './actions.tsx'
import { Belongings } from './belongings.tsx'
import { AccountHistory, AccountNotes } from './history.tsx'
import { AccountLabels } from './labels.tsx'
import { AccountSummary } from './summary.tsx'

/** All there is to know of an account, and to do with it. */
export default function AccountPage() {
  const { t } = useI18n()
  const uid = useLocation({ select: ({ pathname }) => decodeURIComponent(pathname.split('/').at(-1) ?? '') })
  const { data: account, error } = useQuery(accountQuery(uid))
  const { data: permissions } = useQuery(permissionsQuery)
  const { data: me } = useQuery(meQuery)
  const may = (action: string) => permissions?.actions.includes(action) === true
  return (
    <ConsolePage title={account?.email ?? uid}>
      <Stack gap={16}>
        <ConsoleLink to="/admin/accounts">{t('console.accounts')}</ConsoleLink>
        {!account && <Refused error={error} />}
        {!account && !error && <Skeleton height={400} />}
        {account && (
          <>
            <AccountActions account={account} />
            <AccountSummary uid={uid} />
            <AccountLabels account={account} mayChange={may('accounts.change_labels') && !account.protected} />
            <Belongings account={account} mayOpen={may('documents.view')} />
            {may('notes.read') && me && me.uid !== uid && <AccountNotes uid={uid} mayWrite={may('notes.write')} />}
            <AccountHistory uid={uid} />
          </>
        )}
      </Stack>
    </ConsolePage>
  )
}
