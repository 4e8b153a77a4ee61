import { Group, NativeSelect, TextInput } from '@mantine/core'
import type { ReviewFilters } from '../../api/reviews.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { useAddress, useTyped } from '../parts/address.ts'

const CLAIMED = ['nobody', 'mine', 'others'] as const
const NUMBERS = ['level_sought', 'attempt'] as const
const WRITTEN = ['country', ...NUMBERS] as const

/** Which cases are shown; every choice is an address of its own. */
export function QueueFilters() {
  const { t } = useI18n()
  const { params, change } = useAddress()
  const [typed, set] = useTyped(params, WRITTEN)
  const look = (changes: Readonly<Record<string, string>>) => {
    const isOther = Object.entries(changes).some(([name, value]) => value !== (params.get(name) ?? ''))
    if (isOther) change({ ...changes, case: '' })
  }
  return (
    <form
      aria-label={t('console.filter')}
      onSubmit={(event) => {
        event.preventDefault()
        look(typed)
      }}
    >
      <Group gap={8} align="end">
        {WRITTEN.map((name) => (
          <TextInput
            key={name}
            size="xs"
            w={100}
            dir="ltr"
            label={t(`console.review.filter.${name}`)}
            {...(name === 'country' ? { maxLength: 3 } : { type: 'number', min: 0 })}
            value={typed[name] ?? ''}
            onChange={({ currentTarget }) => set(name, currentTarget.value)}
            onBlur={() => look(typed)}
          />
        ))}
        <NativeSelect
          size="xs"
          label={t('console.review.claimed')}
          value={params.get('claimed') ?? ''}
          onChange={({ currentTarget }) => look({ ...typed, claimed: currentTarget.value })}
          data={(['', ...CLAIMED] as const).map((value) => ({
            value,
            label: t(`console.review.claimed.${value === '' ? 'all' : value}`),
          }))}
        />
        <button type="submit" hidden />
      </Group>
    </form>
  )
}

/** The filters of an address; what is none of ours is left out. */
export function filtersIn(params: URLSearchParams): ReviewFilters {
  const claimed = CLAIMED.find((name) => name === params.get('claimed'))
  const country = params.get('country')
  const numbers = NUMBERS.flatMap((name) => {
    const value = params.get(name)
    return value && /^\d{1,5}$/.test(value) ? [[name, Number(value)] as const] : []
  })
  return { ...Object.fromEntries(numbers), ...(country ? { country } : {}), ...(claimed ? { claimed } : {}) }
}
