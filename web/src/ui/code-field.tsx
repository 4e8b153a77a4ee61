import { TextInput, type TextInputProps } from '@mantine/core'

interface Props extends Omit<TextInputProps, 'onChange' | 'value'> {
  value: string
  onChange: (code: string) => void
  /** Called with a code as soon as it is whole. */
  onWhole: (code: string) => void
}

const PLACES = 6

/** One field for a code of six digits; it sends itself when it is whole, typed or pasted with whatever is around it. */
export const CodeField = ({ value, onChange, onWhole, ...input }: Props) => (
  <TextInput
    required
    withAsterisk={false}
    {...input}
    value={value}
    inputMode="numeric"
    autoComplete="one-time-code"
    classNames={{ input: 'code-field' }}
    dir="ltr"
    onChange={({ currentTarget }) => {
      const code = currentTarget.value.replaceAll(/\D/g, '').slice(0, PLACES)
      onChange(code)
      if (code.length === PLACES && code !== value) onWhole(code)
    }}
  />
)
