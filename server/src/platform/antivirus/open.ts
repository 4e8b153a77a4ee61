import type { Config } from '../config/config.ts'
import type { Antivirus } from './antivirus.ts'
import { clamd } from './clamd.ts'

/** The scanner that BARONG_ANTIVIRUS names; `undefined` where files are not looked through. */
export const openAntivirus = ({ values }: Config): Antivirus | undefined =>
  values.BARONG_ANTIVIRUS === undefined ? undefined : clamd(values.BARONG_ANTIVIRUS)
