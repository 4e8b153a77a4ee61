import { Alert, Button, Group, NativeSelect, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { permissionsQuery } from '../../../api/console.ts'
import { type AccountAction, type AccountDetail, hasSecondFactor, useAccountAction } from '../../../api/directory.ts'
import { useI18n } from '../../../i18n/i18n.tsx'
import { ReasonDialog } from '../../parts/reason-dialog.tsx'

const ROLES = ['member', 'support', 'compliance', 'admin'] as const

/** An action, what one must be allowed to do for it, and when it makes sense. */
const ACTIONS = [
  { name: 'unlock', needs: 'accounts.unlock', danger: false, fits: (it: AccountDetail) => it.locked || it.frozen },
  {
    name: 'readmit',
    needs: 'accounts.change_state',
    danger: false,
    fits: (it: AccountDetail) => it.state === 'banned',
  },
  { name: 'lock', needs: 'accounts.change_state', danger: false, fits: (it: AccountDetail) => !it.locked },
  { name: 'ban', needs: 'accounts.change_state', danger: true, fits: (it: AccountDetail) => it.state !== 'banned' },
  {
    name: 'end_sessions',
    needs: 'accounts.end_sessions',
    danger: false,
    fits: (it: AccountDetail) => it.sessions.length > 0,
  },
  {
    name: 'reset_password',
    needs: 'accounts.reset_password',
    danger: false,
    fits: (it: AccountDetail) => !it.discarded,
  },
  { name: 'disable_2fa', needs: 'accounts.disable_2fa', danger: true, fits: hasSecondFactor },
  { name: 'role', needs: 'accounts.change_role', danger: true, fits: () => true },
  { name: 'discard', needs: 'accounts.discard', danger: true, fits: (it: AccountDetail) => !it.discarded },
  { name: 'restore', needs: 'accounts.discard', danger: false, fits: (it: AccountDetail) => it.discarded },
  { name: 'erase', needs: 'accounts.erase', danger: true, fits: () => true },
] as const
type Name = (typeof ACTIONS)[number]['name']

/** What can be done to an account, by what the officer may do and how it stands. */
export function AccountActions({ account }: { account: AccountDetail }) {
  const { t } = useI18n()
  const { data: permissions } = useQuery(permissionsQuery)
  const act = useAccountAction(account.uid)
  const [asked, setAsked] = useState<Name>()
  const [role, setRole] = useState(account.role)
  const [confirmation, setConfirmation] = useState('')
  if (account.protected) return <Alert color="gray">{t('console.protected')}</Alert>
  const may = (action: (typeof ACTIONS)[number]['needs']) => permissions?.actions.includes(action) === true
  // What the staff locked, those unlock who may lock.
  const isTheirs = account.frozen_by !== 'staff' || may('accounts.change_state')
  const offered = ACTIONS.filter(
    ({ name, needs, fits }) => may(needs) && fits(account) && (name !== 'unlock' || isTheirs),
  )
  const close = () => {
    setAsked(undefined)
    setConfirmation('')
    act.reset()
  }
  const chosen = offered.find(({ name }) => name === asked)
  return (
    <>
      <Group gap={8}>
        {offered.map(({ name, danger }) => (
          <Button
            key={name}
            size="xs"
            {...(danger ? { variant: 'light', color: 'red' } : { variant: 'default' })}
            onClick={() => setAsked(name)}
          >
            {t(`console.action.${name}`)}
          </Button>
        ))}
      </Group>
      {chosen && (
        <ReasonDialog
          title={t(`console.action.${chosen.name}`)}
          lead={t(`console.action.${chosen.name}.lead`, { email: account.email })}
          confirm={t(`console.action.${chosen.name}`)}
          danger={chosen.danger}
          isPending={act.isPending}
          error={act.error}
          onClose={close}
          canConfirm={chosen.name !== 'erase' || confirmation === account.uid}
          onConfirm={(reason) =>
            act.mutate(actionOf(chosen.name, { role, confirmation, reason }), { onSuccess: close })
          }
        >
          {chosen.name === 'erase' && (
            <TextInput
              label={t('console.action.erase.confirmation', { uid: account.uid })}
              data-autofocus
              dir="ltr"
              autoComplete="off"
              value={confirmation}
              onChange={({ currentTarget }) => setConfirmation(currentTarget.value.trim())}
            />
          )}
          {chosen.name === 'role' && (
            <NativeSelect
              label={t('console.filter.role')}
              data-autofocus
              value={role}
              onChange={({ currentTarget }) => setRole(currentTarget.value)}
              data={[...ROLES]}
            />
          )}
        </ReasonDialog>
      )}
      {account.masked && (
        <Text size="sm" c="dimmed" mt={8}>
          {t('console.masked')}
        </Text>
      )}
    </>
  )
}

interface Said {
  role: string
  confirmation: string
  reason: string
}

function actionOf(name: Name, { role, confirmation, reason }: Said): AccountAction {
  switch (name) {
    case 'erase':
      return { kind: 'erase', confirmation, reason }
    case 'role':
      return { kind: 'role', role, reason }
    case 'ban':
      return { kind: 'state', state: 'banned', reason }
    case 'lock':
      return { kind: 'state', state: 'locked', reason }
    case 'readmit':
      return { kind: 'state', state: 'active', reason }
    default:
      return { kind: name, reason }
  }
}
