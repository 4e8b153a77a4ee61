export { importAccounts } from './account-files.ts'
export { importBarong1 } from './barong1.ts'
export { exportAccounts } from './export.ts'
export type { Report } from './report.ts'
