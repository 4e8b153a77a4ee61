import { PasswordInput, type PasswordInputProps } from '@mantine/core'
import { useI18n } from '../i18n/i18n.tsx'

/** Takes a password, which can be shown; one that is wrong is told as such to whoever cannot see it, too. */
export function PasswordField(props: PasswordInputProps) {
  const { t } = useI18n()
  return (
    <PasswordInput
      required
      aria-invalid={props.error ? true : undefined}
      visibilityToggleButtonProps={{ 'aria-label': t('password.show'), tabIndex: 0 }}
      {...props}
    />
  )
}
