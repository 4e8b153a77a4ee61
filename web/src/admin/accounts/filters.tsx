import { Button, Group, NativeSelect, TextInput } from '@mantine/core'
import { useI18n } from '../../i18n/i18n.tsx'
import { useAddress, useTyped } from '../parts/address.ts'

const TEXTS = ['email', 'name', 'uid', 'phone', 'label', 'country'] as const
const ROLES = ['member', 'support', 'compliance', 'admin'] as const
const STATES = ['pending', 'active', 'banned', 'locked', 'frozen', 'discarded'] as const
const WRITTEN = [...TEXTS, 'level', 'created_from', 'created_to'] as const
const NAMES = [...WRITTEN, 'label_scope', 'role', 'state'] as const

/** What is looked for; every change is an address of its own. */
export function AccountFilters() {
  const { t } = useI18n()
  const { params, change } = useAddress()
  const [typed, set] = useTyped(params, WRITTEN)
  const look = (changes: Readonly<Record<string, string>>) => change({ ...changes, cursor: '' })
  const clear = Object.fromEntries(NAMES.map((name) => [name, '']))
  return (
    <form
      aria-label={t('console.filter')}
      onSubmit={(event) => {
        event.preventDefault()
        look(typed)
      }}
    >
      <Group gap={8} align="end" mb={12}>
        {TEXTS.map((name) => (
          <TextInput
            key={name}
            size="xs"
            w={name === 'email' || name === 'name' || name === 'label' ? 160 : 120}
            placeholder={name === 'label' ? 'key:value' : undefined}
            label={t(`console.filter.${name}`)}
            dir={name === 'name' ? 'auto' : 'ltr'}
            value={typed[name] ?? ''}
            onChange={({ currentTarget }) => set(name, currentTarget.value)}
          />
        ))}
        <NativeSelect
          size="xs"
          w={110}
          label={t('console.filter.role')}
          value={params.get('role') ?? ''}
          onChange={({ currentTarget }) => look({ ...typed, role: currentTarget.value })}
          data={['', ...ROLES]}
        />
        <NativeSelect
          size="xs"
          w={110}
          label={t('console.scope')}
          value={params.get('label_scope') ?? ''}
          onChange={({ currentTarget }) => look({ ...typed, label_scope: currentTarget.value })}
          data={[
            { value: '', label: t('console.scope.private') },
            { value: 'public', label: t('console.scope.public') },
          ]}
        />
        <TextInput
          size="xs"
          w={70}
          type="number"
          min={0}
          label={t('console.filter.level')}
          value={typed['level'] ?? ''}
          onChange={({ currentTarget }) => set('level', currentTarget.value)}
        />
        <NativeSelect
          size="xs"
          w={110}
          label={t('console.filter.state')}
          value={params.get('state') ?? ''}
          onChange={({ currentTarget }) => look({ ...typed, state: currentTarget.value })}
          data={[{ value: '', label: '' }, ...STATES.map((value) => ({ value, label: t(`console.state.${value}`) }))]}
        />
        {(['created_from', 'created_to'] as const).map((name) => (
          <TextInput
            key={name}
            size="xs"
            type="date"
            label={t(`console.filter.${name}`)}
            value={typed[name] ?? ''}
            onChange={({ currentTarget }) => set(name, currentTarget.value)}
          />
        ))}
        <Button size="xs" type="submit">
          {t('console.filter.apply')}
        </Button>
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            for (const name of WRITTEN) set(name, '')
            look(clear)
          }}
        >
          {t('console.filter.clear')}
        </Button>
      </Group>
    </form>
  )
}
