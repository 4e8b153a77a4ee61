import { Button, Group, NativeSelect, TextInput } from '@mantine/core'
import type { AuditFilters as Filters } from '../../api/operation.ts'
import { instantOf, useI18n } from '../../i18n/i18n.tsx'
import { useAddress, useTyped } from '../parts/address.ts'

const TEXTS = ['account', 'actor', 'action', 'address'] as const
const TIMES = ['since', 'until'] as const
const KINDS = ['person', 'administrator', 'signer', 'application', 'system', 'stranger'] as const
const RESULTS = ['ok', 'refused'] as const
const FIELDS = [...TEXTS, ...TIMES, 'actor_kind', 'result'] as const

/** What narrows the audit log; it stands in the address, behind the `#`. */
export function AuditFilters() {
  const { t } = useI18n()
  const { params, change } = useAddress()
  const [typed, set] = useTyped(params, FIELDS)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        change({ ...typed, before: '' })
      }}
    >
      <Group gap={8} align="end">
        {TEXTS.map((name) => (
          <TextInput
            key={name}
            size="xs"
            dir="ltr"
            label={t(`console.audit.${name}`)}
            value={typed[name] ?? ''}
            onChange={({ currentTarget }) => set(name, currentTarget.value)}
          />
        ))}
        <NativeSelect
          size="xs"
          label={t('console.audit.kind')}
          value={typed['actor_kind'] ?? ''}
          onChange={({ currentTarget }) => set('actor_kind', currentTarget.value)}
          data={[
            { value: '', label: t('console.audit.anyKind') },
            ...KINDS.map((value) => ({ value, label: t(`console.audit.kind.${value}`) })),
          ]}
        />
        <NativeSelect
          size="xs"
          label={t('console.audit.result')}
          value={typed['result'] ?? ''}
          onChange={({ currentTarget }) => set('result', currentTarget.value)}
          data={[
            { value: '', label: t('console.audit.anyResult') },
            ...RESULTS.map((value) => ({ value, label: t(`console.audit.result.${value}`) })),
          ]}
        />
        {TIMES.map((name) => (
          <TextInput
            key={name}
            size="xs"
            type="datetime-local"
            label={t(`console.audit.${name}`)}
            value={typed[name] ?? ''}
            onChange={({ currentTarget }) => set(name, currentTarget.value)}
          />
        ))}
        <Button size="xs" type="submit">
          {t('console.filter.apply')}
        </Button>
      </Group>
    </form>
  )
}

/** The filters of an address; times are those of the clock of whoever looks, and what is no filter of ours is left out. */
export function filtersIn(params: URLSearchParams): Filters {
  const actor_kind = KINDS.find((kind) => kind === params.get('actor_kind'))
  const result = RESULTS.find((each) => each === params.get('result'))
  const texts = TEXTS.flatMap((name) => (params.get(name) ? [[name, params.get(name)]] : []))
  const times = TIMES.flatMap((name) => {
    const instant = instantOf(params.get(name) ?? '')
    return instant ? [[name, instant]] : []
  })
  return {
    limit: PAGE,
    ...Object.fromEntries([...texts, ...times]),
    ...(actor_kind ? { actor_kind } : {}),
    ...(result ? { result } : {}),
  }
}

/** How many records a page has. */
export const PAGE = 50
