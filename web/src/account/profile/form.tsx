import { Button, Select, Stack, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { useCreateProfile } from '../../api/profile.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { useLeaveWarning } from '../../feedback/leaving.ts'
import { Refused } from '../../feedback/refused.tsx'
import { countries } from '../../i18n/countries.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { useFirstFault } from '../../ui/first-fault.ts'

const EMPTY = { first_name: '', last_name: '', dob: '', address: '', postcode: '', city: '', country: '' }
type Typed = typeof EMPTY

const NAMES = {
  first_name: /first name/i,
  last_name: /last name/i,
  dob: /birthday|dob/i,
  address: /address/i,
  postcode: /postcode/i,
  city: /city/i,
  country: /country/i,
} as const

const TEXTS = [
  { name: 'first_name', autoComplete: 'given-name' },
  { name: 'last_name', autoComplete: 'family-name' },
  { name: 'dob', autoComplete: 'bday', type: 'date' },
  { name: 'address', autoComplete: 'street-address' },
  { name: 'postcode', autoComplete: 'postal-code' },
  { name: 'city', autoComplete: 'address-level2' },
] as const

const FIELDS = [...TEXTS.map(({ name }) => name), 'country'] as const

/** Asks who the person is. */
export function ProfileForm({ profile }: { profile: Partial<Typed> | null }) {
  const { t, tError, language } = useI18n()
  const navigate = useNavigate()
  const start = { ...EMPTY, ...profile }
  const [typed, setTyped] = useState<Typed>(start)
  const create = useCreateProfile()
  const { fields, rest } = faultsOf(create.error, NAMES, tError)
  const form = useFirstFault<HTMLFormElement>(create.error)
  const isSaved = useRef(false)
  const isUnsaved = FIELDS.some((name) => typed[name] !== start[name])
  useLeaveWarning(() => isUnsaved && !isSaved.current, t('unsaved'))
  const type = (name: keyof Typed) => (value: string) => setTyped((before) => ({ ...before, [name]: value }))
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault()
        create.mutate(typed, {
          onSuccess: () => {
            isSaved.current = true
            return navigate({ to: '/account/documents' })
          },
        })
      }}
    >
      <Stack gap={16}>
        <Refused error={create.error} sentences={rest} />
        {TEXTS.map(({ name, ...input }) => (
          <TextInput
            key={name}
            label={t(`profile.${name}`)}
            required
            value={typed[name]}
            onChange={({ currentTarget }) => type(name)(currentTarget.value)}
            error={fields[name]}
            {...input}
          />
        ))}
        <Select
          label={t('profile.country')}
          data={countries(language)}
          searchable
          required
          autoComplete="country"
          nothingFoundMessage={t('profile.noCountry')}
          value={typed.country.toUpperCase() || null}
          onChange={(value) => type('country')(value ?? '')}
          error={fields.country}
        />
        <Button type="submit" loading={create.isPending}>
          {t('profile.save')}
        </Button>
      </Stack>
    </form>
  )
}
