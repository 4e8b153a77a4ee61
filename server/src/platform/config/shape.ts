import { resolve } from 'node:path'
import { MINUTE } from '../../lib/clock.ts'
import type { DatabaseSettings } from '../db/open.ts'
import type { Rereading } from './secret-files.ts'
import type { Values } from './settings.ts'

/** What the operator wants, checked and in the units the code works in. */
export interface Config {
  production: boolean
  host: string
  port: number
  /** Public base URL without a slash at its end. */
  url: string
  /** Base of links in mails. */
  link_url: string
  data_dir: string
  database: DatabaseSettings
  values: Values
  /** What a secret of a file is by now. */
  reread: Rereading
  /** Milliseconds until a lock lapses. */
  unlock_in: number
}

/** Turns the values into what the code works with. */
export function shape(values: Values, reread: Rereading): Config {
  const data_dir = resolve(values.BARONG_DATA_DIR)
  const url = values.BARONG_URL ?? `http://localhost:${values.PORT}`
  const host = values.FRONTEND_DOMAIN ?? values.URL_HOST
  return {
    production: values.BARONG_ENV === 'production',
    host: values.HOST,
    port: values.PORT,
    url,
    link_url: host === undefined ? url : `${values.URL_SCHEME}://${host}`,
    data_dir,
    database: databaseOf(values, data_dir, reread),
    values,
    reread,
    unlock_in: values.UNLOCK_IN * MINUTE,
  }
}

/** How many processes share what a machine and its database have. */
export const processesOf = ({ BARONG_WORKERS }: Values): number => Math.max(1, BARONG_WORKERS)

function databaseOf(values: Values, data_dir: string, reread: Rereading): DatabaseSettings {
  const address = values.DATABASE_URL
  if (/^postgres(ql)?:/.test(address)) {
    const current_url = reread('DATABASE_URL')
    const connections = Math.floor(values.DATABASE_POOL / processesOf(values))
    return { kind: 'postgres', url: address, connections, ...(current_url ? { current_url } : {}) }
  }
  const file = address.replace(/^sqlite:(\/\/)?/, '')
  return { kind: 'sqlite', file: file === '' ? resolve(data_dir, 'barong.sqlite') : resolve(file) }
}
