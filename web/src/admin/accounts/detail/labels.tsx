import { Button, Group, NativeSelect, TextInput, Title } from '@mantine/core'
import { useState } from 'react'
import { type AccountDetail, useAccountAction } from '../../../api/directory.ts'
import { useI18n } from '../../../i18n/i18n.tsx'
import { Tag } from '../../../ui/tag.tsx'
import { ReasonDialog } from '../../parts/reason-dialog.tsx'
import { RowActions } from '../../parts/row-actions.tsx'
import { ItemTable } from '../../parts/table.tsx'

type Label = AccountDetail['labels'][number]
type Asked = { what: 'add' } | { what: 'change' | 'remove'; label: Label }

const KINDS = { add: 'label', change: 'change_label', remove: 'delete_label' } as const
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
    const { key, scope } = asked.what === 'add' ? added : asked.label
    const label = { key, scope: scopeOf(scope), reason }
    const kind = KINDS[asked.what]
    act.mutate(kind === 'delete_label' ? { kind, ...label } : { kind, value: added.value, ...label }, {
      onSuccess: close,
    })
  }
  return (
    <section className="panel">
      <Group justify="space-between" mb={8}>
        <Title order={2} size="h4">
          {t('console.labels')}
        </Title>
        {mayChange && (
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              setAdded({ key: '', value: '', scope: 'private' })
              setAsked({ what: 'add' })
            }}
          >
            {t('console.label.add')}
          </Button>
        )}
      </Group>
      <ItemTable
        items={account.labels}
        keyOf={({ scope, key }) => `${scope}:${key}`}
        none={t('console.none')}
        columns={[
          {
            name: t('console.label.label'),
            show: ({ key, value }) => (
              <bdi>
                {key}:{value}
              </bdi>
            ),
          },
          {
            name: t('console.scope'),
            show: ({ scope }) => (
              <Tag tone={scope === 'private' ? 'good' : 'quiet'}>{t(`console.scope.${scopeOf(scope)}`)}</Tag>
            ),
          },
          {
            name: t('console.actions'),
            show: (label) =>
              mayChange && (
                <RowActions
                  onEdit={() => {
                    setAdded({ ...added, value: label.value })
                    setAsked({ what: 'change', label })
                  }}
                  onRemove={() => setAsked({ what: 'remove', label })}
                />
              ),
          },
        ]}
      />
      {asked && (
        <ReasonDialog
          title={t(`console.label.${asked.what}`)}
          lead={
            asked.what === 'add'
              ? t('console.label.add.lead', { email: account.email })
              : t(`console.label.${asked.what}.lead`, {
                  label: `${asked.label.key}:${asked.label.value}`,
                  email: account.email,
                })
          }
          confirm={t(`console.label.${asked.what}`)}
          danger={asked.what === 'remove'}
          isPending={act.isPending}
          error={act.error}
          onClose={close}
          onConfirm={confirm}
        >
          {asked.what === 'change' && (
            <TextInput
              label={t('console.label.value')}
              data-autofocus
              dir="ltr"
              value={added.value}
              onChange={({ currentTarget }) => setAdded({ ...added, value: currentTarget.value })}
            />
          )}
          {asked.what === 'add' && (
            <Group grow gap={8} align="end">
              {(['key', 'value'] as const).map((name) => (
                <TextInput
                  key={name}
                  label={t(`console.label.${name}`)}
                  data-autofocus={name === 'key' || undefined}
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
