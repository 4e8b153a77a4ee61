import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Liquid, type Template } from 'liquidjs'
import { tokenColor } from '../http/tokens.ts'

/** Every mail there is; each has a template in every language. */
export const mailNames = [
  'confirmation_instructions',
  'reset_password_instructions',
  'unlock_instructions',
  'security_notice',
  'account_notice',
  'email_change',
  'approved',
  'rejected',
  'more_requested',
] as const
export type MailName = (typeof mailNames)[number]

/** The languages mails are written in (BCP 47); any other is answered in the first. */
export const mailLanguages = ['en', 'de', 'ar'] as const
type MailLanguage = (typeof mailLanguages)[number]

export interface RenderedMail {
  subject: string
  html: string
  text: string
}

/** How mails look, and whose they are. */
export interface MailLook {
  /** Stands for the name of the product; null: as the mail says. */
  title: string | null
  accent: { light: string; dark: string }
  fill: string
  links: readonly { text: string; url: string }[]
}

const PLAIN: MailLook = {
  title: null,
  accent: tokenColor('accent'),
  fill: tokenColor('accent-fill').light,
  links: [],
}

const strict = { strictVariables: true, strictFilters: true, ownPropertyOnly: true, lenientIf: true }
const plainEngine = new Liquid(strict)
const htmlEngine = new Liquid({ ...strict, outputEscape: 'escape' })

for (const engine of [plainEngine, htmlEngine])
  engine.registerFilter('country', (code: string, language: string) => countryName(code, language))

type Parsed = Record<keyof RenderedMail, Template[]>
const parsed = new Map<string, Parsed>()

/**
 * Renders a mail in the language asked for (BCP 47; `de-AT` finds `de`), or in English when there is none. Variables are
 * escaped in the HTML. Throws when one that the mail needs is absent.
 */
export function renderMail(
  name: MailName,
  language: string,
  words: Record<string, string>,
  look: MailLook = PLAIN,
): RenderedMail {
  const mail = templatesOf(name, known(language))
  const variables = { ...words, ...(look.title === null ? {} : { app_name: look.title }), look }
  const subject: string = plainEngine.renderSync(mail.subject, variables)
  const html: string = htmlEngine.renderSync(mail.html, variables)
  const text: string = plainEngine.renderSync(mail.text, variables)
  return { subject: subject.trim(), html: html.trim(), text: `${text.trim().replaceAll(/\n{3,}/g, '\n\n')}\n` }
}

/** The language of ours that a tag (BCP 47) asks for, or the first. */
export function known(language: string): MailLanguage {
  const primary = language.toLowerCase().split('-')[0]
  return mailLanguages.find((candidate) => candidate === primary) ?? mailLanguages[0]
}

/** ISO 3166-1 alpha-2 in words; what is no code stays as it is. */
const countryName = (code: string, language: string): string =>
  /^[A-Z]{2}$/.test(code) ? (new Intl.DisplayNames(language, { type: 'region' }).of(code) ?? code) : code

function templatesOf(name: MailName, language: MailLanguage): Parsed {
  const key = `${language}/${name}`
  const templates = parsed.get(key) ?? parse(name, language)
  parsed.set(key, templates)
  return templates
}

/** A mail's file only captures words; the layouts, shared by all languages, say where they go. */
function parse(name: MailName, language: MailLanguage): Parsed {
  const words = source(`${language}/frame`) + source(`${language}/${name}`)
  return {
    subject: plainEngine.parse(`${words}{{ subject }}`),
    html: htmlEngine.parse(words + source('layout.html')),
    text: plainEngine.parse(words + source('layout.text')),
  }
}

const source = (name: string): string => readFileSync(join(import.meta.dirname, 'templates', `${name}.liquid`), 'utf8')
