import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { isObject } from '../../../lib/json.ts'
import { type Config, ConfigError } from '../config.ts'
import { parseClaimRules } from './claim-rules.ts'
import { parseKeychain, type Say } from './keychain.ts'
import { type ManagementPolicy, type ManagementScope, managementScopes, type ScopeRule } from './policy.ts'

const DEFAULT_FILE = 'config/management_api_v1.yml'
const SECTIONS = ['keychain', 'jwt', 'scopes'] as const

/** Reads who may ask the management API for what. Throws ConfigError naming every mistake. */
export function loadManagementPolicy({ values }: Pick<Config, 'values'>): ManagementPolicy {
  if (values.MANAGEMENT_API_CONFIG_YAML !== undefined) {
    return parseManagementPolicy(values.MANAGEMENT_API_CONFIG_YAML, 'MANAGEMENT_API_CONFIG_YAML')
  }
  const file = values.MANAGEMENT_API_CONFIG ?? DEFAULT_FILE
  if (values.MANAGEMENT_API_CONFIG === undefined && !existsSync(file)) return parseManagementPolicy('', file)
  return parseManagementPolicy(read(file), file)
}

/** Reads the configuration's text, YAML or JSON; `place` is named in the sentences about its mistakes. */
export function parseManagementPolicy(text: string, place: string): ManagementPolicy {
  const mistakes: string[] = []
  const say: Say = (sentence) => {
    mistakes.push(`${sentence} (in ${place}).`)
  }
  const document = documentOf(text, say)
  const [keys, jwt, rules] = SECTIONS.map((name) => sectionOf(document, name, say))
  const keychain = parseKeychain(keys ?? {}, say)
  const claims = parseClaimRules(jwt ?? {}, say)
  const scopes = parseScopes(rules ?? {}, new Set(Object.keys(keys ?? {})), say)
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return { keychain, claims, scopes }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigError([`MANAGEMENT_API_CONFIG cannot be read: ${error instanceof Error ? error.message : file}.`])
  }
}

function documentOf(text: string, say: Say): Record<string, unknown> {
  try {
    const document: unknown = parse(text) ?? {}
    if (!isObject(document)) say(`The management API's configuration must have the sections ${SECTIONS.join(', ')}`)
    if (isObject(document)) refuseOthers(document, say)
    return isObject(document) ? document : {}
  } catch (error) {
    const [reason = ''] = error instanceof Error ? error.message.split('\n') : []
    say(`The management API's configuration is not YAML: ${reason.replace(/[:.]$/, '')}`)
    return {}
  }
}

function refuseOthers(document: Record<string, unknown>, say: Say): void {
  const known: readonly string[] = SECTIONS
  for (const name of Object.keys(document)) {
    if (!known.includes(name)) say(`The section ${name} is unknown; known are ${SECTIONS.join(', ')}`)
  }
}

function sectionOf(document: Record<string, unknown>, name: string, say: Say): Record<string, unknown> {
  const section = document[name] ?? {}
  if (isObject(section)) return section
  say(`The section ${name} must be a map`)
  return {}
}

function parseScopes(
  input: Record<string, unknown>,
  signers: ReadonlySet<string>,
  say: Say,
): Map<ManagementScope, ScopeRule> {
  const scopes = new Map<ManagementScope, ScopeRule>()
  for (const [name, rule] of Object.entries(input)) {
    const scope = managementScopes.find((known) => known === name)
    if (!scope) say(`scopes.${name} is unknown; known are ${managementScopes.join(', ')}`)
    else scopes.set(scope, parseScope(scope, isObject(rule) ? rule : {}, signers, say))
  }
  return scopes
}

function parseScope(
  scope: ManagementScope,
  rule: Record<string, unknown>,
  signers: ReadonlySet<string>,
  say: Say,
): ScopeRule {
  const permitted_signers = namesOf(rule, scope, 'permitted_signers', signers, say)
  const mandatory_signers = namesOf(rule, scope, 'mandatory_signers', signers, say)
  if (mandatory_signers.length === 0) {
    say(`scopes.${scope}.mandatory_signers is empty, however it should contain at least one value`)
  }
  for (const signer of mandatory_signers.filter((name) => !permitted_signers.includes(name))) {
    say(`scopes.${scope}.mandatory_signers names ${signer}, who is not among the permitted_signers`)
  }
  return { permitted_signers, mandatory_signers }
}

function namesOf(
  rule: Record<string, unknown>,
  scope: ManagementScope,
  list: keyof ScopeRule,
  signers: ReadonlySet<string>,
  say: Say,
): string[] {
  const names: unknown = rule[list] ?? []
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string')) {
    say(`scopes.${scope}.${list} must be a list of signers`)
    return []
  }
  const texts = names.map(String)
  for (const name of texts.filter((text) => !signers.has(text))) {
    say(`scopes.${scope}.${list} names ${name}, who is not in the keychain`)
  }
  return texts
}
