import { Modal, Stack, TextInput, UnstyledButton } from '@mantine/core'
import { type KeyboardEvent, useEffect, useState } from 'react'
import { useI18n } from '../i18n/i18n.tsx'
import type { Key } from '../i18n/language.ts'
import { addressOf, useGo } from './parts/address.ts'

/** Calls `open` on Ctrl-K, or Cmd-K. */
export function usePaletteKey(open: () => void): void {
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      open()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [open])
}

interface Props {
  pages: readonly { path: string; name: Key }[]
  onClose: () => void
}

/** Finds a person by e-mail, uid or phone, or a page, from the keyboard. */
export function Palette({ pages, onClose }: Props) {
  const { t } = useI18n()
  const go = useGo()
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const entries = [...searches(text), ...pages.map(({ path, name }) => ({ to: path, label: t(name) }))].filter(
    ({ to, label }) => to.includes('#') || label.toLowerCase().includes(text.trim().toLowerCase()),
  )
  const open = (to: string) => {
    onClose()
    go(to)
  }
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      setChosen((chosen + step + entries.length) % Math.max(1, entries.length))
    }
    const entry = entries[chosen]
    if (event.key === 'Enter' && entry) open(entry.to)
  }
  return (
    <Modal
      opened
      lockScroll={false}
      onClose={onClose}
      withCloseButton={false}
      padding={12}
      title={undefined}
      aria-label={t('console.find')}
    >
      <TextInput
        data-autofocus
        role="combobox"
        aria-expanded
        aria-controls="palette"
        aria-activedescendant={entries.length > 0 ? `palette-${chosen}` : undefined}
        aria-label={t('console.find')}
        placeholder={t('console.find.hint')}
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value)
          setChosen(0)
        }}
        onKeyDown={move}
      />
      <Stack gap={2} mt={8} role="listbox" id="palette" aria-label={t('console.find')}>
        {entries.map(({ to, label }, index) => (
          <UnstyledButton
            key={to}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            tabIndex={-1}
            p={8}
            className="palette-option"
            onClick={() => open(to)}
          >
            {label}
          </UnstyledButton>
        ))}
      </Stack>
    </Modal>
  )

  function searches(typed: string): { to: string; label: string }[] {
    const value = typed.trim()
    if (value.length < 2) return []
    const field = value.includes('@') ? 'email' : /^\+?[\d ()-]{6,}$/.test(value) ? 'phone' : 'uid'
    // A uid has digits, and nothing but them and letters; other words are more likely to begin an address.
    const fields =
      field !== 'uid'
        ? ([field] as const)
        : /^(?=.*\d)[a-z\d]{6,}$/i.test(value)
          ? (['uid', 'email'] as const)
          : (['email', 'uid'] as const)
    return fields.map((name) => ({
      to: addressOf('/admin/accounts', { [name]: value }),
      label: t(`console.find.${name}`, { value }),
    }))
  }
}
