import { Button, Group, NativeSelect, Table, TextInput, Title } from '@mantine/core'
import { useState } from 'react'
import { type AccountDetail, useAccountAction } from '../../../api/directory.ts'
import { useI18n } from '../../../i18n/i18n.tsx'
import { Tag } from '../../../ui/tag.tsx'
import { ReasonDialog } from '../../parts/reason-dialog.tsx'

type Label = AccountDetail['labels'][number]
type Asked = { what: 'add' } | { what: 'remove'; label: Label }

const SCOPES = ['private', 'public'] as const
const scopeOf = (text: string) => SCOPES.find((scope) => scope === text) ?? 'private'

/** The labels of an account; private ones make its level. */
export function AccountLabels({ account, mayChange }: { account: AccountDetail; mayChange: boolean }) {
  const { t } = useI18n()
  const act = useAccountAction(account.uid)
  const [asked, setAsked] = useState<Asked>()
  const [added, setAdded] = useState({ key: '', value: '', scope: 'private' })
  const close = () => {
    setAsked(undefined)
    act.reset()
  }
  const confirm = (reason: string) => {
    if (!asked) return
    const { key, value, scope } = asked.what === 'add' ? added : asked.label
    const label = { key, scope: scopeOf(scope), reason }
    act.mutate(asked.what === 'add' ? { kind: 'label', value, ...label } : { kind: 'delete_label', ...label }, {
      onSuccess: close,
    })
  }
  return (
    <section className="panel">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {t('console.labels')}
        </Title>
        {mayChange && (
          <Button size="xs" variant="default" onClick={() => setAsked({ what: 'add' })}>
            {t('console.label.add')}
          </Button>
        )}
      </Group>
      <Table verticalSpacing={4}>
        <Table.Tbody>
          {account.labels.map((label) => (
            <Table.Tr key={`${label.scope}:${label.key}`}>
              <Table.Td>
                <bdi>
                  {label.key}:{label.value}
                </bdi>
              </Table.Td>
              <Table.Td>
                <Tag tone={label.scope === 'private' ? 'good' : 'quiet'}>
                  {t(`console.scope.${scopeOf(label.scope)}`)}
                </Tag>
              </Table.Td>
              <Table.Td ta="end">
                {mayChange && (
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    color="red"
                    onClick={() => setAsked({ what: 'remove', label })}
                  >
                    {t('console.label.remove')}
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {asked && (
        <ReasonDialog
          title={t(asked.what === 'add' ? 'console.label.add' : 'console.label.remove')}
          lead={
            asked.what === 'add'
              ? t('console.label.add.lead', { email: account.email })
              : t('console.label.remove.lead', {
                  label: `${asked.label.key}:${asked.label.value}`,
                  email: account.email,
                })
          }
          confirm={t(asked.what === 'add' ? 'console.label.add' : 'console.label.remove')}
          danger={asked.what === 'remove'}
          isPending={act.isPending}
          error={act.error}
          onClose={close}
          onConfirm={confirm}
        >
          {asked.what === 'add' && (
            <Group grow gap={8} align="end">
              {(['key', 'value'] as const).map((name) => (
                <TextInput
                  key={name}
                  label={t(`console.label.${name}`)}
                  dir="ltr"
                  value={added[name]}
                  onChange={({ currentTarget }) => setAdded({ ...added, [name]: currentTarget.value })}
                />
              ))}
              <NativeSelect
                label={t('console.scope')}
                value={added.scope}
                onChange={({ currentTarget }) => setAdded({ ...added, scope: currentTarget.value })}
                data={SCOPES.map((value) => ({ value, label: t(`console.scope.${value}`) }))}
              />
            </Group>
          )}
        </ReasonDialog>
      )}
    </section>
  )
}
